//! The measurements, one file for each question. Each gives figures of one round; nothing here judges them.

pub(crate) mod acs;
pub(crate) mod bad;
pub(crate) mod durable;
pub(crate) mod key_change;
pub(crate) mod log;
pub(crate) mod logins;
pub(crate) mod logouts;
pub(crate) mod many;
pub(crate) mod sessions;
pub(crate) mod site;
pub(crate) mod start;
pub(crate) mod totp;
