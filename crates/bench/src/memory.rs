//! Memory of a process, as the operating system counts it: the resident set.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

/// Bytes in a mebibyte.
pub const MIB: f64 = 1024.0 * 1024.0;

/// What a process has in memory now, in bytes.
///
/// # Errors
/// If there is no such process.
pub fn resident(pid: u32) -> Result<f64> {
    field(pid, "VmRSS:")
}

/// The most that it had in memory since its start or the last [`forget_peak`], in bytes.
///
/// # Errors
/// If there is no such process.
pub fn peak(pid: u32) -> Result<f64> {
    field(pid, "VmHWM:")
}

/// Lets the peak begin anew at what is in memory now.
///
/// # Errors
/// If the process is not ours.
pub fn forget_peak(pid: u32) -> Result<()> {
    // proc(5): 5 resets the peak of the resident set.
    fs::write(format!("/proc/{pid}/clear_refs"), "5").context("the peak of a process")
}

/// Waits until a process consumes next to nothing, so that what it does behind an answer is not counted elsewhere.
///
/// # Errors
/// If the process is gone.
pub fn quiet(clock: crate::clock::ProcessClock) -> Result<()> {
    const LOOK: Duration = Duration::from_millis(100);
    let begun = Instant::now();
    let mut before = clock.read()?;
    while begun.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(LOOK);
        let now = clock.read()?;
        if now - before < LOOK / 100 {
            break;
        }
        before = now;
    }
    Ok(())
}

fn field(pid: u32, name: &str) -> Result<f64> {
    let status =
        fs::read_to_string(format!("/proc/{pid}/status")).context("the process is gone")?;
    read(&status, name).with_context(|| format!("{name} is not told"))
}

/// proc(5): `VmRSS:     1234 kB`.
fn read(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t  1024 kB\n";
        assert_eq!(read(status, "VmRSS:"), Some(MIB));
        assert_eq!(read(status, "VmHWM:"), Some(2.0 * MIB));
        assert_eq!(read(status, "VmSwap:"), None);
    }

    #[test]
    fn a_peak_is_seen_and_forgotten() {
        let pid = std::process::id();
        let much = vec![1_u8; 64 << 20];
        assert!(peak(pid).unwrap() >= 64.0 * MIB);
        assert_eq!(
            much.iter().map(|byte| u64::from(*byte)).sum::<u64>(),
            64 << 20
        );
        let before = peak(pid).unwrap();
        drop(much);
        forget_peak(pid).unwrap();
        let after = peak(pid).unwrap();
        assert!(after < before, "{after} of {before} bytes");
    }
}
