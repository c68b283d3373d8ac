//! Tests that need a process of their own: the test starts itself again, as the only one.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

/// Where the child works; set in the child only.
const FOLDER: &str = "VESTIBULE_TEST_AGAIN";

/// Who is asking.
pub(crate) enum Role {
    /// The process that was started for this.
    Child(PathBuf),
    /// The one that runs all tests.
    Parent(Parent),
}

/// What starts the child, or several.
pub(crate) struct Parent {
    test: &'static str,
    folder: TempDir,
}

/// Which part this process has in a test, by its full name.
pub(crate) fn role(test: &'static str) -> Role {
    match env::var_os(FOLDER) {
        Some(folder) => Role::Child(folder.into()),
        None => Role::Parent(Parent {
            test,
            folder: tempfile::tempdir().unwrap(),
        }),
    }
}

impl Parent {
    /// The folder that the children work in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a child by way of a shell, which gets the program and its arguments.
    pub(crate) fn start(&self, script: &str) -> Child {
        Command::new("sh")
            .args(["-c", script])
            .arg(env::current_exe().unwrap())
            .args(["--exact", self.test, "--nocapture"])
            .env(FOLDER, self.folder())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Starts one child and waits for it.
    pub(crate) fn run(&self, script: &str) {
        let output = self.start(script).wait_with_output().unwrap();
        passed(&output);
    }
}

/// The child ran the one test, and it passed; what it printed.
pub(crate) fn passed(output: &Output) -> String {
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}\n{complained}");
    assert!(printed.contains("1 passed"), "{printed}");
    printed
}
