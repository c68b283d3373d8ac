//! Which key signs, while keys change.

use vestibule_saml::response::Expectation;

use super::*;

/// The certificate with which an answer was signed.
fn signer(reply: &Reply, keys: &[&SigningKey]) -> Option<usize> {
    let (_, xml, _) = sent(reply);
    let xml = String::from_utf8(xml).unwrap();
    keys.iter().position(|key| {
        let certificate = pem(key.certificate_der());
        let lines = certificate.lines().filter(|line| !line.starts_with('-'));
        xml.contains(&lines.collect::<String>())
    })
}

fn keys() -> [&'static SigningKey; 2] {
    [&*OUR_KEY, &*OTHER_KEY]
}

fn old_and_new() -> IdpKeys {
    IdpKeys::only(OUR_KEY.clone()).beside(vec![OTHER_KEY.clone()])
}

#[tokio::test]
async fn so_16_a_pending_login_is_answered_with_the_key_of_the_answer_and_not_of_the_request() {
    let ring = IdpKeys::only(OUR_KEY.clone()).ring();
    let idp = idp(|settings| settings.keys = ring.clone());
    let incoming = by_redirect(&wanted(), None);
    let before = idp.receive(&incoming, now()).await.unwrap();
    let refused = idp.receive(&incoming, now()).await.unwrap();
    // The old one is gone for good while the login is under way.
    ring.store(Arc::new(IdpKeys::only(OTHER_KEY.clone())));
    let answered = idp.answer(grant(before, identity(), true)).await.unwrap();
    assert_eq!(signer(&answered.reply, &keys()), Some(1));
    let refusal = idp.refuse(&refused, Refusal::Denied, now()).await.unwrap();
    assert_eq!(signer(&refusal, &keys()), Some(1));
}

#[tokio::test]
async fn so_16_an_application_that_was_chosen_for_a_key_gets_that_one() {
    let chosen = [(app_id("atlassian"), OTHER_KEY.clone())].into();
    let idp = idp(|settings| settings.keys = old_and_new().choosing(chosen).ring());
    for (request, signed_with, expect) in [(wanted(), None, 1), (wiki(), Some(&*APP_KEY), 0)] {
        let incoming = by_redirect(&request, signed_with);
        let reply = answered(&idp, &incoming, identity(), true).await.unwrap();
        assert_eq!(signer(&reply, &keys()), Some(expect), "{}", request.issuer);
    }
}

#[test]
fn so_16_metadata_lists_all_keys_and_the_active_one_first() {
    let ring = old_and_new().ring();
    let idp = idp(|settings| settings.keys = ring.clone());
    let listed = || {
        let xml = idp.metadata().unwrap();
        let source = MetadataSource::trusted(xml.as_bytes());
        IdpMetadata::parse(&source).unwrap().signing_keys
    };
    let [old, new] = keys().map(|key| key.verifying_key().unwrap());
    assert_eq!(listed(), [old.clone(), new.clone()]);
    let next = IdpKeys::only(OTHER_KEY.clone()).beside(vec![OUR_KEY.clone()]);
    ring.store(Arc::new(next));
    assert_eq!(listed(), [new, old]);
}

/// Two nodes that are not in step, a thousand logins between them, and an application that read our metadata when the new
/// key was published.
#[tokio::test]
async fn ft_10_no_login_of_a_thousand_fails_while_nodes_take_a_new_key_one_after_the_other() {
    const LOGINS: usize = 1000;
    let rings = [old_and_new().ring(), old_and_new().ring()];
    let nodes = rings
        .clone()
        .map(|ring| idp(|settings| settings.keys = ring));
    let read = nodes[0].metadata().unwrap();
    let read = IdpMetadata::parse(&MetadataSource::trusted(read.as_bytes())).unwrap();
    let mut pending = Vec::new();
    for number in 0..LOGINS {
        let id = format!("_request-{number}");
        let wanted = Wanted {
            id: &id,
            ..wanted()
        };
        let incoming = by_redirect(&wanted, None);
        let request = nodes[number % 2].receive(&incoming, now()).await.unwrap();
        pending.push((id, request));
    }
    let mut signed = [0; 2];
    for (number, (id, request)) in pending.into_iter().enumerate() {
        let promoted = IdpKeys::only(OTHER_KEY.clone()).beside(vec![OUR_KEY.clone()]);
        match number {
            300 => rings[0].store(Arc::new(promoted)),
            600 => rings[1].store(Arc::new(promoted)),
            _ => {}
        }
        // On the other node than it began at, or on the same.
        let node = &nodes[number / 2 % 2];
        let answered = node.answer(grant(request, identity(), true)).await.unwrap();
        let (_, xml, _) = sent(&answered.reply);
        let expectation = Expectation {
            acs_url: ACS,
            danger_accept_sha1: false,
            decryption: Decryption::default(),
            idp_entity_id: IDP,
            in_response_to: &id,
            keys: &read.signing_keys,
            now: now(),
            require_signed_response: true,
            skew: Skew::default(),
            sp_entity_id: ATLASSIAN,
        };
        vestibule_saml::response::verify(&xml, &expectation).unwrap();
        signed[signer(&answered.reply, &keys()).unwrap()] += 1;
    }
    assert_eq!(signed, [450, 550]);
}
