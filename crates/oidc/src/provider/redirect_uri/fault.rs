//! Why a URI cannot be registered.

/// What is wrong with a URI, before anybody asks whether it is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriFault {
    /// Browsers take it for a slash, parsers do not.
    #[error("the URI has a backslash")]
    Backslash,
    /// White space or a control character.
    #[error("the URI has white space or a control character")]
    ControlCharacter,
    /// A segment of the path is `.` or `..`: the address that is reached is another.
    #[error("the path of the URI has a segment \".\" or \"..\"")]
    DotSegment,
    /// Something that RFC 3986 does not know; names of other scripts are written in Punycode.
    #[error("the URI has a character that URIs do not have")]
    ForeignCharacter,
    /// RFC 6749 section 3.1.2.
    #[error("the URI has a fragment")]
    Fragment,
    /// The host is absent, or written so that browsers read another one.
    #[error("the host of the URI is not written as browsers read it")]
    Host,
    /// RFC 6874: it means something on one machine only.
    #[error("the URI has an IPv6 zone")]
    Ipv6Zone,
    /// RFC 8252 section 8.3.
    #[error("the URI names \"localhost\", and each machine may take that for another one")]
    LocalhostName,
    /// No scheme, or no URI at all.
    #[error("this is not an absolute URI")]
    NotAbsolute,
    /// Codes would cross the network in the open.
    #[error("the URI is http and not on a loopback address")]
    PlainHttp,
    /// Any app can claim such a scheme; only a public client has nothing to lose by it.
    #[error("the URI is of a private-use scheme, which is for public clients only")]
    PrivateScheme,
    /// Our answer's parameters would be there twice.
    #[error(
        "the query of the URI has a parameter that belongs to the answer (code, state, iss, error)"
    )]
    ReservedParameter,
    /// Neither `https` nor `http` nor a name turned round, such as `com.example.app`.
    #[error("the scheme of the URI is not https, http or a domain name turned round")]
    Scheme,
    /// Longer than [`super::MAX_URI_BYTES`].
    #[error("the URI is longer than {} bytes", super::MAX_URI_BYTES)]
    TooLong,
    /// What stands before an `@` is taken for the host by people.
    #[error("the URI has a user name")]
    UserInfo,
    /// There are no patterns: each URI is registered as it is.
    #[error("the URI has a wildcard, and there are no patterns")]
    Wildcard,
}

impl UriFault {
    /// The stable reason code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Backslash => "redirect_uri_backslash",
            Self::ControlCharacter => "redirect_uri_control_character",
            Self::DotSegment => "redirect_uri_dot_segment",
            Self::ForeignCharacter => "redirect_uri_foreign_character",
            Self::Fragment => "redirect_uri_fragment",
            Self::Host => "redirect_uri_host",
            Self::Ipv6Zone => "redirect_uri_ipv6_zone",
            Self::LocalhostName => "redirect_uri_localhost_name",
            Self::NotAbsolute => "redirect_uri_not_absolute",
            Self::PlainHttp => "redirect_uri_plain_http",
            Self::PrivateScheme => "redirect_uri_private_scheme",
            Self::ReservedParameter => "redirect_uri_reserved_parameter",
            Self::Scheme => "redirect_uri_scheme",
            Self::TooLong => "redirect_uri_too_long",
            Self::UserInfo => "redirect_uri_user_info",
            Self::Wildcard => "redirect_uri_wildcard",
        }
    }
}
