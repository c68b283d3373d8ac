//! `vestibule serve` in a folder that outlives it.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpStream},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::shared::messages::idp_metadata;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a process ends that aborts.
const SIGABRT: i32 = 6;

const CONFIGURATION: &str = r#"
public_url: http://localhost:8080
listen: 127.0.0.1:0
trusted_proxies: [127.0.0.1]
store: sqlite:vestibule.db
upstreams:
  adfs: { label: Acme, preset: adfs, saml: { metadata_file: idp.xml } }
apps:
  atlassian:
    label: Jira
    preset: atlassian-cloud
    saml: { entity_id: "https://auth.atlassian.example/saml/1", acs_url: "https://auth.atlassian.example/login/callback?connection=saml-1" }
policy:
  - { name: Everyone, require: { factors: [totp, backup_code] } }
"#;

/// A folder with a configuration and a store, and the process that serves it, if one does.
pub(crate) struct Served {
    pub(crate) folder: TempDir,
    /// What else stands in the program's environment.
    pub(crate) environment: Vec<(&'static str, String)>,
    running: Option<Running>,
}

struct Running {
    process: Child,
    log: Receiver<String>,
    /// Lines of the log that were read already.
    heard: Vec<Value>,
    address: SocketAddr,
}

impl Served {
    /// The folder, with nobody to serve it yet.
    pub(crate) fn prepared() -> Self {
        Self::configured(|usual| usual.to_owned())
    }

    /// The same, with another configuration than the usual one.
    pub(crate) fn configured(change: impl FnOnce(&str) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("idp.xml"), idp_metadata()).unwrap();
        fs::write(path("broker.yaml"), change(CONFIGURATION)).unwrap();
        Self {
            folder,
            environment: Vec::new(),
            running: None,
        }
    }

    /// Starts it; `failpoints` is what the store reads from its environment.
    pub(crate) fn start(&mut self, failpoints: &str) {
        assert!(self.running.is_none(), "it runs already");
        let mut process = self
            .command("serve")
            .env("VESTIBULE_FAILPOINTS", failpoints)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, log) = channel();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        let mut running = Running {
            process,
            log,
            heard: Vec::new(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let ready = running.wait_for(|line| line["message"] == "ready");
        running.address = ready["address"].as_str().unwrap().parse().unwrap();
        self.running = Some(running);
    }

    /// Starts it with a log that takes nothing, as on a full disk. It must be configured to listen here.
    pub(crate) fn start_unheard(&mut self, address: SocketAddr) {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let process = self
            .command("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(full)
            .spawn()
            .unwrap();
        self.running = Some(Running {
            process,
            log: channel().1,
            heard: Vec::new(),
            address,
        });
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "it takes no connections");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Where it listens now.
    pub(crate) fn address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().address
    }

    /// SIGTERM.
    pub(crate) fn is_told_to_stop(&self) {
        let pid = self.pid().to_string();
        let mut kill = Command::new("kill");
        assert!(kill.args(["-TERM", &pid]).status().unwrap().success());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.running.as_ref().unwrap().process.id()
    }

    /// Until it takes no new connections.
    pub(crate) fn takes_nobody_new(&self) {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(self.address()).is_ok() {
            assert!(Instant::now() < deadline, "it still takes connections");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Told to end, it did, and says so.
    pub(crate) fn has_stopped(&mut self) {
        let mut running = self.running.take().unwrap();
        assert!(running.process.wait().unwrap().success());
        running.wait_for(|line| line["message"] == "stopped");
    }

    /// The first line of the log that is so, once it was written.
    pub(crate) fn says(&mut self, is_meant: impl Fn(&Value) -> bool) -> Value {
        self.running.as_mut().unwrap().wait_for(is_meant)
    }

    /// Starts it, which it must refuse; what it says.
    pub(crate) fn refuses_to_start(&self) -> String {
        let child = self
            .command("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = child.id().to_string();
        let (sender, ended) = channel();
        thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = ended.recv_timeout(PATIENCE) else {
            Command::new("kill").args(["-KILL", &pid]).status().unwrap();
            panic!("it runs");
        };
        let output = output.unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    /// The lines of the log that were read so far.
    pub(crate) fn heard(&self) -> &[Value] {
        &self.running.as_ref().unwrap().heard
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        let mut running = self.running.take().unwrap();
        running.process.kill().unwrap();
        running.process.wait().unwrap();
    }

    /// After the connection broke: it ended by itself.
    pub(crate) fn has_aborted(&mut self) {
        let mut running = self.running.take().unwrap();
        let status = running.process.wait().unwrap();
        assert_eq!(status.signal(), Some(SIGABRT), "{status}");
    }

    /// What an administrator's command on the same store does.
    pub(crate) fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    /// What one prints that goes well.
    pub(crate) fn tell(&self, line: &str) -> String {
        let done = self.run(line);
        assert!(done.status.success(), "{line}: {done:?}");
        String::from_utf8(done.stdout).unwrap()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command
            .args(["--config", "broker.yaml"])
            .args(line.split(' '))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path());
        command
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if self.running.is_some() {
            self.kill();
        }
    }
}

impl Running {
    /// The first line of the log that is so.
    fn wait_for(&mut self, is_meant: impl Fn(&Value) -> bool) -> Value {
        if let Some(told) = self.heard.iter().find(|told| is_meant(told)) {
            return told.clone();
        }
        loop {
            let Ok(line) = self.log.recv_timeout(PATIENCE) else {
                let _ = self.process.kill();
                panic!("no log line says it: {:#?}", self.heard);
            };
            // What is no JSON is what the process says when it fails.
            let told = serde_json::from_str(&line).unwrap_or(Value::String(line));
            self.heard.push(told.clone());
            if is_meant(&told) {
                return told;
            }
        }
    }
}
