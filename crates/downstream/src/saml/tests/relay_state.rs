//! RelayStates of requests: which come back, and which are refused.

use url::form_urlencoded::byte_serialize;

use super::{house::*, *};
use crate::saml::RelayStateSites;

/// The reason for which the wiki's request with this RelayState is refused, else what comes back with the answer.
async fn comes_back(
    idp: &SamlIdp,
    mut incoming: Incoming,
    relay_state: &str,
) -> Result<String, &'static str> {
    let encoded: String = byte_serialize(relay_state.as_bytes()).collect();
    let to = incoming.form.as_mut().unwrap_or(&mut incoming.query);
    *to = format!(
        "{}&RelayState={encoded}",
        to.split("&RelayState=").next().unwrap()
    );
    let request = idp
        .receive(&incoming, now())
        .await
        .map_err(|rejection| rejection.code)?;
    let reply = idp
        .answer(grant(request, identity(), true))
        .await
        .unwrap()
        .reply;
    let Reply::PostForm { fields, .. } = reply else {
        panic!("{reply:?}");
    };
    let beside = fields.into_iter().find(|(name, _)| name == "RelayState");
    Ok(beside.unwrap().1)
}

fn unsigned() -> Incoming {
    by_redirect(&wiki(), None)
}

/// SAML bindings 3.4.3: exactly as it came.
#[tokio::test]
async fn so_06_a_relay_state_comes_back_as_it_came() {
    let idp = idp(|_| {});
    for relay_state in [
        "",
        "ss:mem:6f0c7d1e",
        "cookie:1747900000_1f2e",
        "/display/HOME?a=b&c=d",
        "https://wiki.example/x",
        // Sites of its own that nobody told us of.
        "https://elsewhere.example/x",
        "]]></x><x a=\"b\">&amp;\u{1F511}",
        &"r".repeat(1024),
    ] {
        let back = comes_back(&idp, unsigned(), relay_state).await;
        assert_eq!(back.as_deref(), Ok(relay_state));
    }
    let back = comes_back(&idp, unsigned(), &"r".repeat(1025)).await;
    assert_eq!(back, Err("binding_relay_state_too_long"));
}

#[tokio::test]
async fn so_18_a_relay_state_that_a_browser_would_run_is_refused() {
    let idp = idp(|_| {});
    for relay_state in [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "javascript%3Aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://wiki.example/1",
        "filesystem:https://evil.example/temporary/x",
        "view-source:https://evil.example/",
        "View-Source%3Ahttps://evil.example/",
    ] {
        let back = comes_back(&idp, unsigned(), relay_state).await;
        assert_eq!(back, Err("relay_state_hostile"), "{relay_state}");
        // A signature inside the XML does not cover it.
        let back = comes_back(&idp, by_post(&wiki().to_xml().unwrap()), relay_state).await;
        assert_eq!(back, Err("relay_state_hostile"), "{relay_state}");
    }
}

#[tokio::test]
async fn so_13_where_sites_are_named_an_unsigned_relay_state_leads_to_no_other() {
    let acs = Url::parse(WIKI_ACS).unwrap();
    let own = acs.origin().ascii_serialization();
    let idp = idp(|settings| {
        let more = Url::parse("https://pages.wiki.test/whatever").unwrap();
        let app = settings.apps.get_mut(&app_id("wiki")).unwrap();
        app.relay_state_sites = Some(RelayStateSites::of([&more]));
    });
    let host = acs.host_str().unwrap();
    for (relay_state, is_taken) in [
        ("ss:mem:6f0c7d1e".to_owned(), true),
        ("cookie:1747900000_1f2e".to_owned(), true),
        ("/display/HOME".to_owned(), true),
        (format!("{own}/x?next=https%3A%2F%2Fevil.example"), true),
        ("https://pages.wiki.test/x".to_owned(), true),
        ("https://evil.example/".to_owned(), false),
        ("//evil.example/".to_owned(), false),
        ("/\\evil.example/".to_owned(), false),
        ("\\\\evil.example/".to_owned(), false),
        ("https:\\\\evil.example".to_owned(), false),
        (format!("https://{host}@evil.example/"), false),
        (format!("https://{host}.evil.example/"), false),
        (format!("http://{host}/"), false),
        (format!("https://{host}:8443/"), false),
        ("http://pages.wiki.test/x".to_owned(), false),
        ("ftp://evil.example/".to_owned(), false),
        ("ws://evil.example/".to_owned(), false),
        (
            "intent://evil.example/#Intent;scheme=https;end".to_owned(),
            false,
        ),
        ("app://evil/".to_owned(), false),
        ("\t https://evil.example/".to_owned(), false),
        ("ht\ntps://evil.example/".to_owned(), false),
        ("https%3A%2F%2Fevil.example".to_owned(), false),
    ] {
        let back = comes_back(&idp, unsigned(), &relay_state).await;
        let expect = if is_taken {
            Ok(relay_state.clone())
        } else {
            Err("relay_state_foreign")
        };
        assert_eq!(back, expect, "{relay_state:?}");
    }
    // The application's own word, by its signature, is not doubted.
    let xml = wiki().to_xml().unwrap();
    for there in ["https://evil.example/", "javascript:alert(1)"] {
        let url = redirect::encode(SSO, MessageKind::Request, &xml, Some(there), Some(&APP_KEY));
        let incoming = Incoming {
            query: url.unwrap().split_once('?').unwrap().1.to_owned(),
            form: None,
        };
        let reply = answered(&idp, &incoming, identity(), true).await.unwrap();
        assert_eq!(sent(&reply).2.as_deref(), Some(there));
    }
}
