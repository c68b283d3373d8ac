use super::*;

fn parse_code(xml: &[u8]) -> &'static str {
    match Document::parse(xml, &Limits::MESSAGE) {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}

#[test]
fn text_is_joined_and_never_trimmed() {
    let document =
        Document::parse(b"<a> x<![CDATA[<y>]]>&amp;z\xc3\xa9 </a>", &Limits::MESSAGE).unwrap();
    assert_eq!(document.root().text().unwrap(), " x<y>&z\u{e9} ");
}
