//! FT-01: the process is gone at any moment, at each step of a login.
//!
//! Half of the rounds end at a place inside a commit, half by SIGKILL at a random moment between the request and a
//! little after its answer. Whatever was the moment, one decision happens once: what was answered is in the audit log,
//! what is in the audit log is not done again, and what is not in it can be done again with the same code.
//!
//! `VESTIBULE_KILL_ROUNDS` says how many rounds, `VESTIBULE_KILL_SEED` which.

use std::{env, fmt::Debug, fs::File, io::Read, str::FromStr, time::Duration};

use tokio::time::{Instant, sleep_until, timeout};

use crate::support::{Person, Request, STEPS, Served, Step, comes_to, counted, granted};

/// As many as `make test` has time for.
const USUAL_ROUNDS: u32 = 40;

const PLACES: [&str; 3] = ["between_statements", "before_commit", "after_commit"];

/// How the process ends.
#[derive(Debug)]
enum End {
    /// It does not: the control.
    Never,
    /// At a place inside the first or the second commit of the step.
    Inside(String),
    /// SIGKILL from outside, so long after the request was begun.
    After(Duration),
}

/// A generator that a printed seed repeats (splitmix64, as its authors published it).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    fn end(&mut self, usual: Duration) -> End {
        if self.roll(2) == 0 {
            let place = PLACES[usize::try_from(self.roll(3)).unwrap()];
            return End::Inside(format!("{place}=abort@{}", 1 + self.roll(2)));
        }
        // A little longer than the step takes: the moment after the answer counts too.
        let longest = u64::try_from(usual.as_micros()).unwrap() * 5 / 4;
        End::After(Duration::from_micros(self.roll(longest.max(1))))
    }
}

fn setting<T: FromStr<Err: Debug>>(name: &str, usual: impl FnOnce() -> T) -> T {
    env::var(name).map_or_else(|_| usual(), |text| text.parse().unwrap())
}

fn fresh_seed() -> u64 {
    let mut bytes = [0; 4];
    File::open("/dev/urandom")
        .unwrap()
        .read_exact(&mut bytes)
        .unwrap();
    u32::from_le_bytes(bytes).into()
}

/// What came of the rounds.
#[derive(Debug, Default)]
struct Tally {
    /// The answer was there before the process was gone.
    answered: u32,
    /// There was no answer, and nothing was decided.
    lost: u32,
    /// There was no answer, but what was decided is kept.
    decided: u32,
    /// It ended at the place inside a commit; else the step has fewer commits, and it was killed after the answer.
    inside: u32,
}

#[actix_web::test]
async fn ft_01_a_process_that_is_killed_at_any_step_decides_once_or_not_at_all() {
    let rounds = setting("VESTIBULE_KILL_ROUNDS", || USUAL_ROUNDS);
    let seed = setting("VESTIBULE_KILL_SEED", fresh_seed);
    println!("VESTIBULE_KILL_ROUNDS={rounds} VESTIBULE_KILL_SEED={seed}");
    let mut served = Served::prepared();
    served.start("");
    let (mut dice, mut tally) = (Dice(seed), Tally::default());
    // The control: nobody kills it, everything is answered; and how long that takes.
    let mut usual = Vec::new();
    for (number, step) in STEPS.into_iter().enumerate() {
        let mut control = Tally::default();
        let name = format!("control{number}");
        usual.push(round(&mut served, &name, step, End::Never, &mut control).await);
        assert_eq!(control.answered, 1, "{step:?}");
    }
    for number in 0..rounds {
        let at = usize::try_from(number).unwrap() % STEPS.len();
        let end = dice.end(usual[at]);
        println!("{number} {:?} {end:?}", STEPS[at]);
        round(
            &mut served,
            &format!("p{number}"),
            STEPS[at],
            end,
            &mut tally,
        )
        .await;
    }
    println!("{tally:?}");
    assert_eq!(tally.answered + tally.lost + tally.decided, rounds);
    if rounds >= USUAL_ROUNDS {
        assert!(tally.inside > 0 && tally.lost > 0, "{tally:?}");
    }
}

/// One person, one end, and everything that must hold afterwards. How long the step took.
async fn round(
    served: &mut Served,
    name: &str,
    step: Step,
    end: End,
    tally: &mut Tally,
) -> Duration {
    let mut person = Person::called(name, served.address());
    let request = comes_to(&mut person, step).await;
    if let End::Inside(failpoints) = &end {
        served.kill();
        served.start(failpoints);
        person.browser.at = served.address();
    }
    let before = counted(served, name, step);
    let begun = Instant::now();
    let answer = match &end {
        End::Never => request.send(&mut person.browser).await,
        End::Inside(_) => {
            let answer = request.send(&mut person.browser).await;
            if answer.is_none() {
                served.has_aborted();
                tally.inside += 1;
            } else {
                served.kill();
            }
            answer
        }
        End::After(moment) => {
            let (browser, moment) = (&mut person.browser, begun + *moment);
            let sent = timeout(moment - begun, request.send(browser)).await;
            sleep_until(moment).await;
            served.kill();
            sent.unwrap_or(None)
        }
    };
    let took = begun.elapsed();
    if !matches!(end, End::Never) {
        served.start("");
        person.browser.at = served.address();
    }
    let decided = counted(served, name, step) - before;
    match &answer {
        Some(page) => {
            assert!(page.status < 400, "{}", page.unlike("a failure"));
            assert_eq!(decided, 1, "answered, and not in the audit log");
            tally.answered += 1;
        }
        None if decided == 0 => tally.lost += 1,
        None => tally.decided += 1,
    }
    goes_on(served, &mut person, step, &request, before).await;
    served.tell("audit verify");
    took
}

/// The person tries the same again, and logs in; then somebody tries what was used once more.
async fn goes_on(
    served: &Served,
    person: &mut Person,
    step: Step,
    request: &Request,
    before: usize,
) {
    let name = person.name.clone();
    let page = request.send(&mut person.browser).await.unwrap();
    assert!(page.status < 500, "{}", page.unlike("a failure"));
    assert_eq!(
        counted(served, &name, step) - before,
        1,
        "{}",
        page.unlike("not decided once")
    );
    match step {
        Step::Assertion => {
            let form = person.enrols(&page).await;
            let page = person.browser.submit(&form).await.unwrap();
            let form = person.keeps_codes(&page);
            assert!(granted(&person.browser.submit(&form).await.unwrap()));
        }
        Step::Enrolment => {
            let form = person.keeps_codes(&page);
            assert!(granted(&person.browser.submit(&form).await.unwrap()));
        }
        Step::Confirmation | Step::App | Step::BackupCode => {}
    }
    let used = match step {
        Step::BackupCode => {
            let code = person.codes[0].clone();
            person.logs_in_with(&code).await
        }
        _ => {
            let code = person.app.as_ref().unwrap().used_code();
            person.logs_in_with_app(&code).await
        }
    };
    assert_eq!(used.status, 422, "{}", used.unlike("a used code counts"));
    let last = person.codes[9].clone();
    let again = person.logs_in_with(&last).await;
    assert!(granted(&again), "{}", again.unlike("no way in"));
}
