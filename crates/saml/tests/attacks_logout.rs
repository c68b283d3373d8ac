//! The attacks of the catalogue on logout messages, beside benign controls.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod keys;
mod parties;

use chrono::TimeDelta;
use vestibule_saml::{
    binding::{
        Binding::{Post, Redirect},
        MessageKind::{Request, Response},
        Received,
    },
    instant,
    logout::{
        AcceptedLogout, LogoutError, LogoutPeer, LogoutReceiver, LogoutRequest, ParsedLogout,
    },
};

use self::{
    keys::{ATTACKER, EC, RSA, now},
    parties::{
        EMAIL, PEER, SLO, accepted_response, edit, peer, plain_request, plain_response, posted,
        received, receiver, redirected, request, response, signed_request, verdict,
    },
};

/// The verdict on the benign request with `from` replaced before it is signed.
#[track_caller]
fn bent(from: &str, to: &str) -> &'static str {
    verdict(redirected(
        Request,
        &edit(&plain_request(), from, to),
        Some(&EC),
    ))
}

/// The signature inside, and the request without it.
fn taken_apart(signed: &str) -> (String, String) {
    let (before, rest) = signed.split_once("<ds:Signature").unwrap();
    let (signature, after) = rest.split_once("</ds:Signature>").unwrap();
    (
        format!("<ds:Signature{signature}</ds:Signature>"),
        format!("{before}{after}"),
    )
}

fn judge(
    received: Received,
    peer: &LogoutPeer<'_>,
    receiver: &LogoutReceiver<'_>,
) -> Result<AcceptedLogout, LogoutError> {
    ParsedLogout::parse(received)?.accept(peer, receiver)
}

#[test]
fn control_the_benign_messages_are_accepted() {
    for xml in [plain_request(), plain_response()] {
        let kind = if xml.contains("LogoutRequest") {
            Request
        } else {
            Response
        };
        assert_eq!(verdict(redirected(kind, &xml, Some(&EC))), "accepted");
        assert_eq!(verdict(redirected(kind, &xml, Some(&RSA))), "accepted");
    }
    assert_eq!(verdict(posted(Request, &signed_request())), "accepted");
}

#[test]
fn so_03_sr_02_nobody_signed() {
    let (_, stripped) = taken_apart(&signed_request());
    for received in [
        posted(Request, &plain_request()),
        posted(Request, &stripped),
        redirected(Request, &plain_request(), None),
        posted(Response, &plain_response()),
        redirected(Response, &plain_response(), None),
    ] {
        assert_eq!(verdict(received), "signature_missing");
    }
    // A signature that nobody can check is none.
    for received in [
        posted(Request, &signed_request()),
        redirected(Request, &plain_request(), Some(&EC)),
    ] {
        let refused = judge(received, &peer(&[]), &receiver()).unwrap_err();
        assert_eq!(refused.code(), "signature_missing");
    }
}

#[test]
fn so_03_sr_13_somebody_else_signed() {
    for received in [
        received(&request().send(Post, None, &ATTACKER).unwrap()),
        received(&request().send(Redirect, None, &ATTACKER).unwrap()),
        received(&response().send(Post, None, &ATTACKER).unwrap()),
        received(&response().send(Redirect, None, &ATTACKER).unwrap()),
    ] {
        assert_eq!(verdict(received), "signature_mismatch");
    }
}

#[test]
fn so_03_what_was_signed_was_changed() {
    let signed = signed_request();
    for (from, to) in [
        ("alice@", "bob@"),
        ("_s1", "_s2"),
        (EMAIL, "urn:x"),
        ("<samlp:SessionIndex>_s1</samlp:SessionIndex>", ""),
        ("logout:user", "logout:admin"),
    ] {
        let changed = edit(&signed, from, to);
        assert_eq!(
            verdict(posted(Request, &changed)),
            "digest_mismatch",
            "{from}"
        );
    }
    let renamed = edit(&signed, "ID=\"_l1\"", "ID=\"_l9\"");
    assert_eq!(verdict(posted(Request, &renamed)), "reference_mismatch");
    // The signature of a request makes no answer, and the other way round.
    let answered = signed.replace("LogoutRequest", "LogoutResponse");
    let answered = edit(&answered, " Version", " InResponseTo=\"_q1\" Version");
    assert_eq!(verdict(posted(Response, &answered)), "digest_mismatch");
}

#[test]
fn so_03_signatures_stand_where_the_binding_has_them() {
    let signed = signed_request();
    // Inside, but sent by redirect: with and without a signature over the query.
    for key in [None, Some(&*RSA)] {
        assert_eq!(
            verdict(redirected(Request, &signed, key)),
            "signature_misplaced"
        );
    }
    let (signature, stripped) = taken_apart(&signed);
    let place = |inner: &str| format!("<samlp:Extensions>{inner}</samlp:Extensions>");
    for (what, xml, expected) in [
        (
            "in the extensions",
            edit(
                &stripped,
                "</saml:Issuer>",
                &format!("</saml:Issuer>{}", place(&signature)),
            ),
            "signature_misplaced",
        ),
        (
            "twice",
            edit(
                &signed,
                "</saml:Issuer>",
                &format!("</saml:Issuer>{signature}"),
            ),
            "signature_repeated",
        ),
    ] {
        assert_eq!(verdict(posted(Request, &xml)), expected, "{what}");
    }
}

#[test]
fn so_03_wrapped_around_a_genuine_request() {
    let signed = signed_request();
    let (signature, stripped) = taken_apart(&signed);
    let evil = edit(&edit(&stripped, "alice@", "admin@"), "_l1", "_evil");
    let extended = |inner: &str| {
        let extensions = format!("</saml:Issuer><samlp:Extensions>{inner}</samlp:Extensions>");
        edit(&evil, "</saml:Issuer>", &extensions)
    };
    let with_signature =
        |xml: &str| edit(xml, "</saml:Issuer>", &format!("</saml:Issuer>{signature}"));
    let with_object = {
        let object = format!("<ds:Object>{stripped}</ds:Object></ds:Signature>");
        edit(&with_signature(&evil), "</ds:Signature>", &object)
    };
    let same_id = edit(&evil, "_evil", "_l1");
    for (what, xml, expected) in [
        (
            "original in the extensions",
            extended(&signed),
            "signature_misplaced",
        ),
        (
            "its signature lent to the root",
            with_signature(&extended(&stripped)),
            "reference_mismatch",
        ),
        ("original in the signature", with_object, "signature_shape"),
        (
            "the same ID twice",
            with_signature(&edit(&extended(&stripped), "_evil", "_l1")),
            "duplicate_id",
        ),
        (
            "another request of the same ID",
            with_signature(&same_id),
            "digest_mismatch",
        ),
    ] {
        assert_eq!(verdict(posted(Request, &xml)), expected, "{what}\n{xml}");
    }
}

#[test]
fn so_03_a_partner_that_does_not_sign_is_named_so_and_still_cannot_sign_badly() {
    let keys = parties::keys();
    let lax = |keys| LogoutPeer {
        danger_accept_unsigned: true,
        ..peer(keys)
    };
    let unsigned = [
        posted(Request, &plain_request()),
        redirected(Request, &plain_request(), None),
        posted(Response, &plain_response()),
        redirected(Response, &plain_response(), None),
    ];
    for received in unsigned {
        for keys in [&[][..], &keys] {
            match judge(received.clone(), &lax(keys), &receiver()).unwrap() {
                AcceptedLogout::Request(request) => assert!(!request.signed),
                AcceptedLogout::Response(response) => assert!(!response.signed),
            }
        }
    }
    let foreign = received(&request().send(Post, None, &ATTACKER).unwrap());
    let refused = judge(foreign, &lax(&keys), &receiver()).unwrap_err();
    assert_eq!(refused.code(), "signature_mismatch");
    // Who signs nothing need not say where it goes, but must not say that it goes elsewhere.
    let nowhere = edit(&plain_request(), &format!(" Destination=\"{SLO}\""), "");
    assert!(judge(posted(Request, &nowhere), &lax(&[]), &receiver()).is_ok());
    let elsewhere = edit(&plain_request(), SLO, "https://other.example/slo");
    let refused = judge(posted(Request, &elsewhere), &lax(&[]), &receiver()).unwrap_err();
    assert_eq!(refused.code(), "destination_mismatch");
}

#[test]
fn so_05_strangers_other_addresses_and_other_times() {
    let issuer =
        format!("<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{PEER}");
    let issuer_with =
        |attribute: &str| issuer.replace("<saml:Issuer", &format!("<saml:Issuer {attribute}"));
    let entity = "Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\"";
    let twice = format!("{issuer}</saml:Issuer>{issuer}");
    let moment = |offset: TimeDelta| instant::format(now() + offset);
    let issued = moment(TimeDelta::zero());
    let destination = format!("Destination=\"{SLO}\"");
    for (what, from, to, expected) in [
        (
            "another issuer",
            PEER,
            "https://evil.example",
            "issuer_mismatch",
        ),
        (
            "its case",
            PEER,
            "https://SP.example/saml/1234",
            "issuer_mismatch",
        ),
        ("its format", &issuer, &issuer_with(entity), "accepted"),
        (
            "another format",
            &issuer,
            &issuer_with("Format=\"urn:x\""),
            "issuer_mismatch",
        ),
        (
            "a qualifier",
            &issuer,
            &issuer_with("NameQualifier=\"x\""),
            "issuer_mismatch",
        ),
        ("two issuers", &issuer, &twice, "element_repeated"),
        ("no issuer", "saml:Issuer", "saml:Issue", "xml_malformed"),
        (
            "another address",
            SLO,
            "https://sso.example/saml/sso",
            "destination_mismatch",
        ),
        (
            "its case",
            SLO,
            "https://sso.example/saml/SLO",
            "destination_mismatch",
        ),
        (
            "its query",
            SLO,
            "https://sso.example/saml/slo?x=1",
            "destination_mismatch",
        ),
        ("no address", &destination, "", "destination_mismatch"),
        ("an empty address", SLO, "", "destination_mismatch"),
        (
            "clocks that differ",
            &issued,
            &moment(TimeDelta::seconds(60)),
            "accepted",
        ),
        (
            "tomorrow",
            &issued,
            &moment(TimeDelta::seconds(61)),
            "issued_in_future",
        ),
        (
            "five minutes old",
            &issued,
            &moment(TimeDelta::seconds(-359)),
            "accepted",
        ),
        (
            "older",
            &issued,
            &moment(TimeDelta::seconds(-360)),
            "issued_too_long_ago",
        ),
        ("no moment", &issued, "now", "instant_invalid"),
        ("version", "\"2.0\"", "\"2.1\"", "version_unsupported"),
        ("no ID", " ID=\"_l1\"", "", "attribute_missing"),
        ("another ID", "_l1", "l 1", "message_id_invalid"),
    ] {
        assert_eq!(bent(from, to), expected, "{what}");
    }
}

#[test]
fn so_05_a_request_that_is_no_longer_meant() {
    let until = |seconds| LogoutRequest {
        not_on_or_after: Some(now() + TimeDelta::seconds(seconds)),
        ..request()
    };
    for (seconds, expected) in [(1, "accepted"), (-59, "accepted"), (-60, "message_expired")] {
        for binding in [Post, Redirect] {
            let sent = until(seconds).send(binding, None, &EC).unwrap();
            assert_eq!(verdict(received(&sent)), expected, "{seconds} s");
        }
    }
    let end = " Version=\"2.0\" NotOnOrAfter=\"tomorrow\"";
    assert_eq!(bent(" Version=\"2.0\"", end), "instant_invalid");
}

#[test]
fn only_logout_messages_in_their_own_parameter() {
    let (asks, answers) = (plain_request(), plain_response());
    let authn = asks.replace("LogoutRequest", "AuthnRequest");
    let foreign = asks.replace("SAML:2.0:protocol", "SAML:1.1:protocol");
    for (kind, xml) in [
        (Response, &asks),
        (Request, &answers),
        (Request, &authn),
        (Response, &authn),
        (Request, &foreign),
    ] {
        assert_eq!(
            verdict(redirected(kind, xml, Some(&EC))),
            "not_a_logout_message",
            "{xml}"
        );
        assert_eq!(verdict(posted(kind, xml)), "not_a_logout_message", "{xml}");
    }
}

#[test]
fn one_person_is_named_once_and_in_a_way_that_is_read() {
    let name = format!(
        "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" Format=\"{EMAIL}\">alice@acme.example</saml:NameID>"
    );
    let base = name
        .replace("NameID", "BaseID")
        .replace("alice@acme.example", "");
    let twice = format!("{name}{name}");
    let both = format!("{name}{base}");
    let long = name.replace("alice", &"a".repeat(1024));
    let long_format = name.replace(EMAIL, &"f".repeat(257));
    let qualified = name.replace(
        "Format",
        &format!("SPNameQualifier=\"{}\" Format", "q".repeat(1025)),
    );
    let commented = name.replace("acme", "<!---->acme");
    let nested = name.replace("acme", "<b/>acme");
    let empty = name.replace("alice@acme.example", "");
    let wrapped = format!("<samlp:Extensions>{name}</samlp:Extensions>");
    for (what, instead, expected) in [
        ("the same", name.as_str(), "accepted"),
        ("nobody", "", "logout_subject_count"),
        ("in the extensions only", &wrapped, "logout_subject_count"),
        ("twice", &twice, "logout_subject_count"),
        ("name and identifier", &both, "logout_subject_count"),
        ("an identifier", &base, "logout_subject_unsupported"),
        ("an empty name", &empty, "name_id_missing"),
        ("a long name", &long, "logout_value_too_long"),
        ("a long format", &long_format, "logout_value_too_long"),
        ("a long qualifier", &qualified, "logout_value_too_long"),
        ("a comment", &commented, "text_not_plain"),
        ("an element", &nested, "text_not_plain"),
    ] {
        assert_eq!(bent(&name, instead), expected, "{what}");
    }
}

#[test]
fn si_25_a_comment_in_a_signed_name_is_refused() {
    // The canonical form has no comments: the signature stays good.
    let commented = edit(
        &signed_request(),
        "acme.example",
        "acme.example<!---->.evil.example",
    );
    assert_eq!(verdict(posted(Request, &commented)), "text_not_plain");
    let commented = edit(&signed_request(), "@acme", "@<!-- -->acme");
    assert_eq!(verdict(posted(Request, &commented)), "text_not_plain");
}

#[test]
fn sessions_are_bounded_in_number_and_length() {
    let index = "<samlp:SessionIndex>_s1</samlp:SessionIndex>";
    let long = index.replace("_s1", &"s".repeat(1025));
    let reason = |text: &str| format!(" Reason=\"{text}\"");
    let said = reason("urn:oasis:names:tc:SAML:2.0:logout:user");
    for (what, from, to, expected) in [
        ("none", index, String::new(), "accepted"),
        ("an empty one", "_s1", String::new(), "accepted"),
        ("many", index, index.repeat(64), "accepted"),
        (
            "too many",
            index,
            index.repeat(65),
            "logout_sessions_too_many",
        ),
        ("a long one", index, long, "logout_value_too_long"),
        ("no reason", &said, String::new(), "accepted"),
        (
            "a long reason",
            &said,
            reason(&"r".repeat(1025)),
            "logout_value_too_long",
        ),
    ] {
        assert_eq!(bent(from, &to), expected, "{what}");
    }
}

#[test]
fn an_answer_is_one_to_the_pending_request() {
    let sent = response().send(Redirect, None, &EC).unwrap();
    let read = accepted_response(received(&sent));
    assert!(read.outcome_of("_q1").is_ok());
    for pending in ["_q2", "", "_Q1", "_q1 "] {
        let refused = read.outcome_of(pending).unwrap_err();
        assert_eq!(refused.code(), "in_response_to_mismatch", "{pending:?}");
    }
    let changed = |from, to| {
        let xml = edit(&plain_response(), from, to);
        redirected(Response, &xml, Some(&EC))
    };
    assert_eq!(
        verdict(changed(" InResponseTo=\"_q1\"", "")),
        "attribute_missing"
    );
    let empty = accepted_response(changed("_q1", ""));
    assert_eq!(
        empty.outcome_of("").unwrap_err().code(),
        "in_response_to_mismatch"
    );
    for (from, to, expected) in [
        ("samlp:StatusCode", "samlp:Code", "element_missing"),
        (" Value=", " Other=", "attribute_missing"),
    ] {
        assert_eq!(verdict(changed(from, to)), expected, "{from}");
    }
    let statusless = {
        let xml = plain_response();
        let (before, _) = xml.split_once("<samlp:Status>").unwrap();
        format!("{before}</samlp:LogoutResponse>")
    };
    assert_eq!(
        verdict(redirected(Response, &statusless, Some(&EC))),
        "element_missing"
    );
}
