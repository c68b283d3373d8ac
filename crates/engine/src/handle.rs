//! Handles: how a login is named outside the store.
//!
//! A handle is the login's id with a MAC over the id *and the purpose* that it was minted for, so that one that an
//! upstream has seen (RelayState, `state`) opens no page, and one upstream's opens nothing at another (invariant 8).
//! The forms of a session's pages carry a MAC over the session instead, under a purpose of its own.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use vestibule_core::{
    id::{AppId, LoginId, LogoutId, UpstreamId},
    session::SessionKey,
};

/// Bytes of the MAC that a handle carries: 128 bits.
const MAC_BYTES: usize = 16;

/// What a handle opens.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose<'a> {
    /// The pages of a logout.
    Logout,
    /// The pages of the login.
    Page,
    /// The answer of one application that is told of a logout.
    SignOff(&'a AppId),
    /// The answer of the upstream that is told of one.
    SignOut(&'a UpstreamId),
    /// The answer of one upstream.
    Upstream(&'a UpstreamId),
}

impl Purpose<'_> {
    fn label(self) -> String {
        match self {
            Self::Logout => "logout".into(),
            Self::Page => "page".into(),
            Self::SignOff(app) => format!("sign-off:{app}"),
            Self::SignOut(upstream) => format!("sign-out:{upstream}"),
            Self::Upstream(upstream) => format!("upstream:{upstream}"),
        }
    }
}

/// Mints and opens handles. All nodes share the key.
pub struct Handles(hmac::Key);

impl Handles {
    /// Takes a key that is used for nothing else.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// 43 characters of base64url: fits RelayState's 80 bytes (SAML bindings 3.4.3).
    pub(crate) fn mint(&self, purpose: Purpose<'_>, login: LoginId) -> String {
        self.mint_id(purpose, login.as_bytes())
    }

    /// The same for a logout.
    pub(crate) fn mint_logout(&self, purpose: Purpose<'_>, logout: LogoutId) -> String {
        self.mint_id(purpose, logout.as_bytes())
    }

    fn mint_id(&self, purpose: Purpose<'_>, id: &[u8; 16]) -> String {
        let tag = self.tag(purpose, id);
        let mac = tag.as_ref().iter().take(MAC_BYTES);
        let bytes: Vec<u8> = id.iter().chain(mac).copied().collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The login that a handle names, if it was minted by us for this purpose.
    pub(crate) fn open(&self, purpose: Purpose<'_>, handle: &str) -> Option<LoginId> {
        self.open_id(purpose, handle).map(LoginId::from_bytes)
    }

    /// The logout that a handle names, likewise.
    pub(crate) fn open_logout(&self, purpose: Purpose<'_>, handle: &str) -> Option<LogoutId> {
        self.open_id(purpose, handle).map(LogoutId::from_bytes)
    }

    fn open_id(&self, purpose: Purpose<'_>, handle: &str) -> Option<[u8; 16]> {
        // Longer ones cannot be ours; do not even decode them.
        if handle.len() != 43 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(handle).ok()?;
        let (id, mac) = bytes.split_first_chunk::<16>()?;
        let tag = self.tag(purpose, id);
        let expected = tag.as_ref().get(..MAC_BYTES)?;
        aws_lc_rs::constant_time::verify_slices_are_equal(expected, mac).ok()?;
        Some(*id)
    }

    /// What every form of a session's pages carries (attack row WA-01).
    pub(crate) fn form_of(&self, session: SessionKey) -> String {
        URL_SAFE_NO_PAD.encode(self.form_tag(session))
    }

    /// Was the form made for this session?
    pub(crate) fn is_form_of(&self, session: SessionKey, form: &str) -> bool {
        let expected = self.form_of(session);
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), form.as_bytes())
            .is_ok()
    }

    fn form_tag(&self, session: SessionKey) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&session.0);
        context.update(b"account form");
        context.sign()
    }

    fn tag(&self, purpose: Purpose<'_>, id: &[u8; 16]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(id);
        context.update(purpose.label().as_bytes());
        context.sign()
    }
}

impl std::fmt::Debug for Handles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handles(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mf_04_a_handle_opens_only_what_it_was_minted_for() {
        let handles = Handles::new(&[7; 32]);
        let (adfs, other) = (
            UpstreamId::new("adfs").unwrap(),
            UpstreamId::new("other").unwrap(),
        );
        let login = LoginId::from_bytes([3; 16]);
        let page = handles.mint(Purpose::Page, login);
        let state = handles.mint(Purpose::Upstream(&adfs), login);
        assert_eq!(handles.open(Purpose::Page, &page), Some(login));
        assert_eq!(handles.open(Purpose::Upstream(&adfs), &state), Some(login));
        for (purpose, handle) in [
            (Purpose::Page, &state),
            (Purpose::Upstream(&adfs), &page),
            (Purpose::Upstream(&other), &state),
        ] {
            assert_eq!(handles.open(purpose, handle), None, "{purpose:?}");
        }
        assert_eq!(Handles::new(&[8; 32]).open(Purpose::Page, &page), None);
        let (jira, wiki) = (AppId::new("jira").unwrap(), AppId::new("wiki").unwrap());
        let logout = LogoutId::from_bytes([3; 16]);
        let told = handles.mint_logout(Purpose::SignOff(&jira), logout);
        let opened = |purpose, handle: &str| handles.open_logout(purpose, handle);
        assert_eq!(opened(Purpose::SignOff(&jira), &told), Some(logout));
        assert_eq!(opened(Purpose::SignOff(&wiki), &told), None);
        assert_eq!(opened(Purpose::Logout, &told), None);
        let left = handles.mint_logout(Purpose::SignOut(&adfs), logout);
        assert_eq!(opened(Purpose::SignOut(&adfs), &left), Some(logout));
        for purpose in [
            Purpose::SignOut(&other),
            Purpose::Upstream(&adfs),
            Purpose::Logout,
        ] {
            assert_eq!(opened(purpose, &left), None, "{purpose:?}");
        }
        assert_eq!(opened(Purpose::Logout, &page), None);
    }

    #[test]
    fn wa_01_a_form_is_taken_from_its_own_session_only() {
        let handles = Handles::new(&[7; 32]);
        let (ours, other) = (SessionKey([1; 32]), SessionKey([2; 32]));
        let form = handles.form_of(ours);
        assert!(handles.is_form_of(ours, &form));
        assert!(!handles.is_form_of(other, &form));
        assert!(!Handles::new(&[8; 32]).is_form_of(ours, &form));
        for bad in ["", "x", &form[..42], &form.to_uppercase()] {
            assert!(!handles.is_form_of(ours, bad), "{bad}");
        }
    }

    #[test]
    fn mf_04_a_guessed_or_damaged_handle_opens_nothing() {
        let handles = Handles::new(&[7; 32]);
        let good = handles.mint(Purpose::Page, LoginId::from_bytes([3; 16]));
        assert!(good.len() <= 80);
        let next = handles.mint(Purpose::Page, LoginId::from_bytes([4; 16]));
        let spliced = format!("{}{}", &next[..21], &good[21..]);
        for bad in [
            "",
            "x",
            &good[..42],
            &format!("{good}A"),
            &spliced,
            &good.to_uppercase(),
        ] {
            assert_eq!(handles.open(Purpose::Page, bad), None, "{bad}");
        }
    }
}
