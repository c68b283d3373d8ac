//! What the tests of the addresses and the tests of faults both say to a broker: the SAML messages of the two others, and
//! where it is found. Does not own the broker, nor a browser for it.

pub(crate) mod messages;

/// Where people are told that the broker is; it may listen elsewhere.
pub(crate) const PUBLIC: &str = "http://localhost:8080";
/// Where the identity provider's answers come in.
pub(crate) const OUR_ACS: &str = "/upstream/adfs/saml/acs";
