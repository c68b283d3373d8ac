//! Bad Responses (G6): what they cost the server, beside a good one.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::{StreamExt, stream};

use super::site::Site;
use crate::{
    house::ONE,
    login::{AtSaml, Login},
    memory,
    people::Number,
    visit::Answer,
};

/// Kinds of Responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A name in it was changed.
    Altered,
    /// As the provider signed it: what the bad ones are compared with.
    Control,
    /// 1 MB that is no Response.
    Junk,
    /// As many empty elements as a form may carry.
    JunkXml,
    /// A good one, again.
    Replayed,
    /// Signed with another key.
    WrongKey,
}

impl Kind {
    /// All but the control.
    pub(crate) const BAD: [Self; 5] = [
        Self::Altered,
        Self::Junk,
        Self::JunkXml,
        Self::Replayed,
        Self::WrongKey,
    ];

    /// The control first.
    pub(crate) const ALL: [Self; 6] = [
        Self::Control,
        Self::Altered,
        Self::Junk,
        Self::JunkXml,
        Self::Replayed,
        Self::WrongKey,
    ];
}

/// For the table.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Altered => "altered",
            Self::Control => "good",
            Self::Junk => "1 MB of junk",
            Self::JunkXml => "150 KB of elements",
            Self::Replayed => "replayed",
            Self::WrongKey => "another key's",
        })
    }
}

/// What one Response of a kind took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Burden {
    /// The server's CPU time.
    pub(crate) cpu: Duration,
    /// How much more memory the server had at most, in bytes.
    pub(crate) growth: f64,
}

/// How many are posted one after the other, where memory is looked at.
const FOR_MEMORY: usize = 10;

/// Posts `count` of each kind, `concurrent` at a time.
///
/// # Errors
/// If a good one is refused, or a bad one is not.
pub(crate) async fn run(
    site: &Arc<Site>,
    count: usize,
    concurrent: usize,
) -> Result<BTreeMap<Kind, Burden>> {
    let mut burdens = BTreeMap::new();
    for kind in Kind::ALL {
        let begun = before(site, kind, count).await?;
        let cpu = post(begun, kind, concurrent, site)
            .await?
            .div_f64(count as f64);
        let begun = before(site, kind, count.min(FOR_MEMORY)).await?;
        let pid = site.server.pid();
        memory::forget_peak(pid)?;
        let resident = memory::resident(pid)?;
        post(begun, kind, 1, site).await?;
        let growth = memory::peak(pid)? - resident;
        burdens.insert(kind, Burden { cpu, growth });
    }
    Ok(burdens)
}

/// People at the identity provider, and what each will bring back.
async fn before(site: &Arc<Site>, kind: Kind, count: usize) -> Result<Vec<(Login<'_>, String)>> {
    let mut waiting = Vec::new();
    for _ in 0..count {
        let (person, _) = site.by_saml.next()?;
        let mut login = Login::new(&site.visitors, &site.provider, person);
        let at = login.begin_saml(ONE).await?;
        let form = form(site, kind, &at, person)?;
        if kind == Kind::Replayed {
            login.post_response(form.clone()).await?.onward()?;
        }
        waiting.push((login, form));
    }
    memory::quiet(site.server.clock)?;
    Ok(waiting)
}

/// Brings all of it back; the CPU time of the server.
async fn post(
    waiting: Vec<(Login<'_>, String)>,
    kind: Kind,
    concurrent: usize,
    site: &Site,
) -> Result<Duration> {
    let before = site.server.clock.read()?;
    let mut answers = stream::iter(waiting)
        .map(|(login, form)| async move { expected(kind, login.post_response(form).await) })
        .buffer_unordered(concurrent);
    while let Some(answer) = answers.next().await {
        answer?;
    }
    Ok(site.server.clock.read()? - before)
}

/// Whether the server did what it must.
fn expected(kind: Kind, answered: Result<Answer>) -> Result<()> {
    match (kind, answered) {
        (Kind::Control, answered) => answered?.onward().map(drop),
        // A server that has seen enough closes the connection.
        (Kind::Junk, Err(_)) => Ok(()),
        // The login went on with the first one; that is all that the second one is told.
        (Kind::Replayed, answered) => answered.map(drop),
        (_, answered) => {
            let status = answered?.status;
            ensure!(
                status >= 400,
                "a Response of the kind {kind:?} was answered with {status}"
            );
            Ok(())
        }
    }
}

fn form(site: &Site, kind: Kind, at: &AtSaml, person: Number) -> Result<String> {
    let good = || site.provider.response(&at.asked, person);
    Ok(match kind {
        Kind::Control | Kind::Replayed => at.form(&good()?),
        Kind::Altered => {
            let altered = good()?.replacen("staff", "chief", 1);
            at.form(&altered)
        }
        Kind::Junk => {
            let junk: Vec<u8> = (0_u32..750_000)
                .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
                .collect();
            at.form(&STANDARD.encode(junk))
        }
        Kind::JunkXml => at.form(&format!("<a>{}</a>", "<b/>".repeat(37_000))),
        Kind::WrongKey => at.form(&site.provider.forged_response(&at.asked, person)?),
    })
}
