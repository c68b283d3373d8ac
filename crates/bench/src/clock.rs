//! CPU time, as the operating system counts it.
//!
//! Owns the three clocks: this thread, another process, the children that ended. They are the scheduler's own sums of
//! run time (user and system together, in nanoseconds, threads that ended included), which `/proc/PID/stat` shows
//! rounded to ticks of 10 ms.

use std::time::Duration;

use anyhow::{Context, Result};
use nix::{
    sys::resource::{UsageWho, getrusage},
    time::{ClockId, clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

/// The CPU clock of one process.
#[derive(Debug, Clone, Copy)]
pub struct ProcessClock(ClockId);

impl ProcessClock {
    /// Of another process.
    ///
    /// # Errors
    /// If there is no such process.
    pub fn of(pid: u32) -> Result<Self> {
        let pid = Pid::from_raw(i32::try_from(pid)?);
        Ok(Self(
            clock_getcpuclockid(pid).context("the CPU clock of a process")?,
        ))
    }

    /// Of this process.
    #[must_use]
    pub fn own() -> Self {
        Self(ClockId::CLOCK_PROCESS_CPUTIME_ID)
    }

    /// What it consumed so far.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn read(&self) -> Result<Duration> {
        Ok(clock_gettime(self.0)
            .context("the CPU clock of a process")?
            .into())
    }
}

/// What this thread consumed so far.
///
/// # Errors
/// If the system has no such clock.
pub fn thread() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .context("the CPU clock of this thread")?
        .into())
}

/// What the processes consumed that this one started, and that ended.
///
/// # Errors
/// If the system does not tell.
pub fn children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("the CPU time of children")?;
    let duration = |time: nix::sys::time::TimeVal| {
        Duration::from_secs(time.tv_sec().unsigned_abs())
            + Duration::from_micros(time.tv_usec().unsigned_abs())
    };
    Ok(duration(usage.user_time()) + duration(usage.system_time()))
}

/// Runs something `times` times on this thread; the CPU time of one.
///
/// # Errors
/// Those of what is run.
pub fn each(times: u32, mut act: impl FnMut() -> Result<()>) -> Result<Duration> {
    let begun = thread()?;
    for _ in 0..times {
        act()?;
    }
    Ok((thread()? - begun) / times.max(1))
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn work_is_counted_and_waiting_is_not() {
        let before = thread().unwrap();
        std::thread::sleep(Duration::from_millis(30));
        let idle = thread().unwrap() - before;
        assert!(idle < Duration::from_millis(20), "{idle:?}");
        let own = ProcessClock::own();
        let begun = own.read().unwrap();
        let before = thread().unwrap();
        let mut sum = 0_u64;
        while thread().unwrap() - before < Duration::from_millis(5) {
            sum = black_box(sum.wrapping_add(1));
        }
        // Other threads of the process may have worked too, but not less than this one.
        let worked = own.read().unwrap() - begun;
        assert!(worked >= Duration::from_millis(4), "{worked:?} for {sum}");
    }

    #[test]
    fn another_process_is_seen_while_it_runs_and_after_it_ended() {
        let mut child = std::process::Command::new("sh")
            .args([
                "-c",
                "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; read wait",
            ])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let clock = ProcessClock::of(child.id()).unwrap();
        while clock.read().unwrap() < Duration::from_millis(2) {
            std::thread::yield_now();
        }
        let before = children().unwrap();
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(children().unwrap() > before);
    }
}
