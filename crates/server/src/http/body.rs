//! Form bodies, bounded in size and time before anything looks at them.
//!
//! Owns what counts as a form, how much of it is read and for how long, and how a field is found. Does not own what a
//! form means, nor whether it came from a page of ours ([`super::form`]).

use std::time::Duration;

use actix_web::{
    HttpRequest,
    dev::Payload,
    http::header::{CONTENT_LENGTH, CONTENT_TYPE},
    web::{Bytes, BytesMut},
};
use futures_util::StreamExt as _;
use tokio::time::timeout;
use url::form_urlencoded;

/// The largest body that is read, in bytes (attack row SI-77).
pub(super) const LARGEST: usize = 256 * 1024;
/// The longest that a body may take.
const LONGEST: Duration = Duration::from_secs(10);
/// The most fields that a form may have.
const MOST_FIELDS: usize = 32;

/// Why a body was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadBody {
    NotAForm,
    TooLarge,
    TooSlow,
}

/// Reads a form exactly as sent: signatures are made over raw bytes.
pub(super) async fn raw_form(
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<String, BadBody> {
    if !is_form(request) {
        return Err(BadBody::NotAForm);
    }
    let announced = announced(request);
    if announced > LARGEST {
        return Err(BadBody::TooLarge);
    }
    let read = async {
        let mut body = Vec::with_capacity(announced);
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| BadBody::NotAForm)?;
            if body.len() + chunk.len() > LARGEST {
                return Err(BadBody::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        String::from_utf8(body).map_err(|_| BadBody::NotAForm)
    };
    timeout(LONGEST, read).await.map_err(|_| BadBody::TooSlow)?
}

/// How long the body is said to be (RFC 9110 8.6), so that too much is refused before any of it is read; nothing if it
/// comes in chunks.
fn announced(request: &HttpRequest) -> usize {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
    length.unwrap_or(0)
}

/// Reads a body of whatever kind, and no more than one byte above `most`: so much shows that it is too large.
pub(super) async fn raw_start(mut payload: Payload, most: usize) -> Result<Bytes, BadBody> {
    let read = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| BadBody::NotAForm)?;
            let room = (most + 1).saturating_sub(body.len());
            body.extend(chunk.iter().take(room));
            if body.len() > most {
                break;
            }
        }
        Ok(body.freeze())
    };
    timeout(LONGEST, read).await.map_err(|_| BadBody::TooSlow)?
}

fn is_form(request: &HttpRequest) -> bool {
    let mut values = request.headers().get_all(CONTENT_TYPE);
    let (Some(only), None) = (values.next(), values.next()) else {
        return false;
    };
    let Ok(text) = only.to_str() else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let is_form = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    is_form && parts.all(|parameter| parameter.eq_ignore_ascii_case("charset=utf-8"))
}

/// The fields of one of our own forms. A field that comes twice counts as absent: which one was meant is not ours to
/// say.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn parse(raw: &str) -> Self {
        Self(
            form_urlencoded::parse(raw.as_bytes())
                .into_owned()
                .take(MOST_FIELDS)
                .collect(),
        )
    }

    /// How often a field came, for one that may be left out but not doubled.
    pub(super) fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(given, _)| given == name).count()
    }

    pub(super) fn one(&self, name: &str) -> Option<&str> {
        let mut values = self
            .0
            .iter()
            .filter(|(given, _)| given == name)
            .map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn si_83_only_plain_forms_are_read() {
        let is_form = |kind: &str| {
            is_form(
                &TestRequest::post()
                    .insert_header((CONTENT_TYPE, kind))
                    .to_http_request(),
            )
        };
        for good in [
            "application/x-www-form-urlencoded",
            "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
        ] {
            assert!(is_form(good), "{good}");
        }
        for bad in [
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "application/x-www-form-urlencoded; charset=utf-16",
            "",
        ] {
            assert!(!is_form(bad), "{bad}");
        }
    }

    #[test]
    fn mf_02_a_field_that_comes_twice_is_absent() {
        let fields = Fields::parse("code=1&code=2&step=3&empty=");
        assert_eq!(fields.one("code"), None);
        assert_eq!(fields.one("step"), Some("3"));
        assert_eq!(fields.one("empty"), Some(""));
        assert_eq!(fields.one("absent"), None);
    }
}
