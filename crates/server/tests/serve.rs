//! `vestibule serve` as an operator runs it: the real program on a real socket, with its own certificate, until a
//! signal ends it.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Served {
    process: Child,
    log: Receiver<String>,
    url: String,
    folder: TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already, which is what the tests wait for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Served {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let url = format!("https://localhost:{port}");
        write_certificate(folder.path());
        fs::write(folder.path().join("broker.yaml"), configuration(&url, port)).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["--config", "broker.yaml", "serve"])
            .current_dir(folder.path())
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
        let served = Self {
            process,
            log,
            url,
            folder,
        };
        served.wait_for("ready");
        served
    }

    /// Reads the log up to the line with this message.
    fn wait_for(&self, message: &str) -> Value {
        loop {
            let line = self
                .log
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("no log line says {message:?}"));
            let line: Value =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if line["message"] == message {
                return line;
            }
        }
    }

    fn get(&self, path: &str) -> reqwest::blocking::Response {
        let certificate = fs::read(self.folder.path().join("tls.pem")).unwrap();
        let client = reqwest::blocking::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&certificate).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        client.get(format!("{}{path}", self.url)).send().unwrap()
    }

    fn terminate(&mut self) -> ExitStatus {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        self.process.wait().unwrap()
    }
}

fn write_certificate(folder: &Path) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.join("tls.pem"), cert.pem()).unwrap();
    fs::write(folder.join("tls.key"), signing_key.serialize_pem()).unwrap();
    fs::set_permissions(folder.join("tls.key"), fs::Permissions::from_mode(0o600)).unwrap();
}

fn configuration(url: &str, port: u16) -> String {
    format!(
        r#"
public_url: {url}
listen: 127.0.0.1:{port}
tls: {{ certificate: tls.pem, key: tls.key }}
store: sqlite:vestibule.db
upstreams:
  local: {{ label: Emergency, local: {{}} }}
apps:
  atlassian:
    preset: atlassian-cloud
    saml: {{ entity_id: "https://auth.atlassian.example/saml/1", acs_url: "https://auth.atlassian.example/login/callback?connection=saml-1" }}
policy:
  - {{ name: Everyone, require: {{ factors: [totp, backup_code] }} }}
"#
    )
}

#[test]
fn it_serves_over_its_own_certificate_and_ends_in_peace() {
    let mut served = Served::start();
    for path in ["/healthz", "/readyz", "/metrics", "/saml/metadata"] {
        let answer = served.get(path);
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(
            answer.headers()["strict-transport-security"],
            "max-age=31536000",
            "{path}"
        );
    }
    assert!(served.terminate().success());
    served.wait_for("stopped");
    let log = fs::metadata(served.folder.path().join("vestibule.db-wal"));
    assert!(
        !log.is_ok_and(|log| log.len() > 0),
        "what was written stands in the database itself"
    );
}

#[test]
fn the_number_on_an_error_page_finds_the_log_line() {
    let served = Served::start();
    let page = served.get("/saml/sso?SAMLRequest=x").text().unwrap();
    let line = served.wait_for("login stopped");
    let reference = line["reference"].as_str().unwrap();
    assert!(page.contains(reference), "{reference} is not on the page");
}

#[test]
fn wa_17_what_it_makes_for_itself_is_its_owners_alone() {
    let served = Served::start();
    for file in ["master.key", "vestibule.db"] {
        let mode = fs::metadata(served.folder.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{file}: {mode:o}");
    }
}
