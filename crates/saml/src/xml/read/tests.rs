use super::*;

fn outcome(xml: &str, limits: &Limits) -> &'static str {
    Document::parse(xml.as_bytes(), limits).map_or_else(|error| error.code(), |_| "parsed")
}

fn parse(xml: &str) -> Document<'_> {
    Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap()
}

#[test]
fn text_is_joined_and_never_trimmed() {
    let document = parse("<a> x<![CDATA[<y>]]>&amp;z\u{e9}&#10; </a>");
    assert_eq!(document.root().text().unwrap(), " x<y>&z\u{e9}\n ");
    assert_eq!(parse("<a/>").root().text().unwrap(), "");
    for mixed in ["<a>x<!-- y -->z</a>", "<a>x<b/></a>", "<a><!-- y --></a>"] {
        assert_eq!(
            parse(mixed).root().text().unwrap_err().code(),
            "text_not_plain",
            "{mixed}"
        );
    }
}

#[test]
fn elements_are_found_by_namespace_and_never_by_prefix() {
    let document = parse(
        r#"<p:a xmlns:p="urn:1" xmlns:q="urn:2"><q:b/><b xmlns="urn:1" c="1" q:c="2"/></p:a>"#,
    );
    let root = document.root();
    assert!(root.is("urn:1", "a"));
    assert!(!root.is("urn:2", "a"));
    let child = root.required_child("urn:1", "b").unwrap();
    assert_eq!(child.attribute("c"), Some("1"));
    assert_eq!(child.attribute_of("urn:2", "c"), Some("2"));
    assert_eq!(child.attribute("d"), None);
    assert_eq!(child.parent(), Some(root));
    assert_eq!(
        root.required_child("", "b").unwrap_err().code(),
        "element_missing"
    );
    assert_eq!(
        root.required_attribute("c").unwrap_err().code(),
        "attribute_missing"
    );
    let names: Vec<_> = document.elements().map(|it| it.local_name()).collect();
    assert_eq!(names, ["a", "b", "b"]);
}

#[test]
fn a_repeated_child_is_no_child() {
    let document = parse(r#"<a xmlns="urn:1"><b/><b/></a>"#);
    let root = document.root();
    assert_eq!(
        root.child("urn:1", "b").unwrap_err().code(),
        "element_repeated"
    );
    assert_eq!(root.children_named("urn:1", "b").count(), 2);
}

#[test]
fn descendants_end_with_their_element() {
    let document = parse("<a><b><c/><d/></b><e/></a>");
    let first = document.root().children().next().unwrap();
    let names: Vec<_> = first.with_descendants().map(|it| it.local_name()).collect();
    assert_eq!(names, ["b", "c", "d"]);
}

#[test]
fn limits_are_inclusive() {
    let limits = Limits {
        attributes: 2,
        bytes: 100,
        depth: 3,
        namespace_length: 10,
        namespaces: 2,
        nodes: 8,
    };
    for (xml, expected) in [
        ("<a><b><c/></b></a>".to_owned(), "parsed"),
        ("<a><b><c></c></b></a>".to_owned(), "parsed"),
        ("<a><b><c><d></d></c></b></a>".to_owned(), "xml_too_deep"),
        ("<a x='1' y='2'/>".to_owned(), "parsed"),
        (
            "<a x='1' y='2' z='3'/>".to_owned(),
            "xml_too_many_attributes",
        ),
        ("<a x = '>' y='=\"='/>".to_owned(), "parsed"),
        (
            "<a xmlns:b='urn:1'><c xmlns:d='urn:2'/><c xmlns:d='urn:3'/></a>".to_owned(),
            "parsed",
        ),
        (
            "<a xmlns:b='urn:1' xmlns:c='urn:2'><d xmlns:e='urn:3'/></a>".to_owned(),
            "xml_too_many_namespaces",
        ),
        ("<a xmlns='urn:567890'/>".to_owned(), "parsed"),
        (
            "<a xmlns='urn:5678901'/>".to_owned(),
            "xml_namespace_too_long",
        ),
        (format!("<a>{}</a>", "<b/>".repeat(6)), "parsed"),
        (format!("<a>{}</a>", "<b/>".repeat(7)), "xml_too_many_nodes"),
        (format!("<a>{}</a>", "x".repeat(93)), "parsed"),
        (format!("<a>{}</a>", "x".repeat(94)), "xml_too_large"),
    ] {
        assert_eq!(outcome(&xml, &limits), expected, "{xml}");
    }
}

#[test]
fn markup_inside_comments_and_cdata_does_not_count() {
    let limits = Limits {
        depth: 1,
        ..Limits::MESSAGE
    };
    assert_eq!(
        outcome("<a><!-- <b><c> --><![CDATA[<d><!DOCTYPE e>]]></a>", &limits),
        "parsed"
    );
}

#[test]
fn ids_are_unambiguous() {
    let saml = names::SAML;
    for (xml, expected) in [
        (
            format!(r#"<a xmlns="{saml}" ID="1"><b ID="2"/></a>"#),
            "parsed",
        ),
        (
            format!(r#"<a xmlns="{saml}" ID="1"><b ID="1"/></a>"#),
            "duplicate_id",
        ),
        (
            format!(r#"<a xmlns="{saml}" ID="1"><b xmlns="urn:x" id="1"/></a>"#),
            "duplicate_id",
        ),
        (
            format!(r#"<a xmlns="{saml}" Id="1"/>"#),
            "id_attribute_refused",
        ),
        (
            format!(r#"<a xmlns="{}" ID="1"/>"#, names::DS),
            "id_attribute_refused",
        ),
        (format!(r#"<a xmlns="{}" Id="1"/>"#, names::DS), "parsed"),
        (r#"<a xml:id="1"/>"#.to_owned(), "id_attribute_refused"),
        (r#"<a id="1" iD="1"/>"#.to_owned(), "duplicate_id"),
    ] {
        assert_eq!(outcome(&xml, &Limits::MESSAGE), expected, "{xml}");
    }
}

#[test]
fn excerpts_are_bounded() {
    assert_eq!(excerpt("short"), "short");
    assert_eq!(excerpt(&"\u{e9}".repeat(500)).chars().count(), 201);
}

/// XML 1.0, 3.3.3: a signed reference to a line end cannot be swapped for a real one, nor the other way round.
#[test]
fn si_82_a_blank_in_an_attribute_is_a_space_and_a_reference_is_not() {
    let table = [
        ("<a b='1 2'/>", "1 2"),
        ("<a b='1\n2'/>", "1 2"),
        ("<a b='1\t\t2'/>", "1  2"),
        ("<a b='1\r\n2'/>", "1 2"),
        ("<a b='1\r2'/>", "1 2"),
        ("<a\n\tb='\n1&#10;2'\n/>", " 1\n2"),
        ("<a b='1&#xD;&#9;2'/>", "1\r\t2"),
        ("<a c='>\n' b=\"'\n'\"/>", "' '"),
    ];
    for (xml, expected) in table {
        let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        assert_eq!(document.root().attribute("b"), Some(expected), "{xml:?}");
    }
    let text = Document::parse(b"<a>1\t\n2</a>", &Limits::MESSAGE).unwrap();
    assert_eq!(
        text.root().text().unwrap(),
        "1\t\n2",
        "text keeps its blanks"
    );
}

/// Found by the fuzz target `xml`: another parser refused what ours took.
#[test]
fn si_82_a_character_that_xml_has_not_is_refused_wherever_it_stands() {
    for character in ['\0', '\u{1}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
        for xml in [
            format!("<a b='{character}'/>"),
            format!("<a xmlns:b='urn:{character}'/>"),
            format!("<a>{character}</a>"),
            format!("<a><!--{character}--></a>"),
            format!("<a><![CDATA[{character}]]></a>"),
            format!("<a b='&#{};'/>", u32::from(character)),
        ] {
            assert_eq!(outcome(&xml, &Limits::MESSAGE), "xml_malformed", "{xml:?}");
        }
    }
    for character in [
        '\t',
        '\n',
        ' ',
        '\u{7f}',
        '\u{85}',
        '\u{fffd}',
        '\u{10ffff}',
    ] {
        let xml = format!("<a b='{character}'>{character}</a>");
        assert_eq!(outcome(&xml, &Limits::MESSAGE), "parsed", "{xml:?}");
    }
}

/// Found by the fuzz target `xml`: the parser looks at the beginning of the whole name only.
#[test]
fn si_82_both_sides_of_a_colon_are_names() {
    for part in ["-b", ".b", "1", "\u{b7}", "\u{300}b", "\u{203f}"] {
        for xml in [
            format!("<a:{part} xmlns:a='urn:a'/>"),
            format!("<b xmlns:a='urn:a' a:{part}=''/>"),
            format!("<b xmlns:{part}='urn:a'/>"),
        ] {
            assert_eq!(outcome(&xml, &Limits::MESSAGE), "xml_malformed", "{xml}");
        }
    }
    for part in ["_b", "b-", "b.1", "\u{e9}\u{b7}", "\u{37f}"] {
        let xml = format!("<a:{part} xmlns:a='urn:a' xmlns:{part}='urn:b' a:{part}=''/>");
        assert_eq!(outcome(&xml, &Limits::MESSAGE), "parsed", "{xml}");
    }
}

/// Found by the fuzz target `xml`: the parser leaves CDATA sections as they were.
#[test]
fn si_82_a_line_ends_with_a_line_feed_wherever_it_stands() {
    for (xml, expected) in [
        ("<a>1\r\n2\r3\n\r4</a>", "1\n2\n3\n\n4"),
        ("<a><![CDATA[1\r\n2\r3\n\r4]]></a>", "1\n2\n3\n\n4"),
        ("<a>1&#13;\r\n2</a>", "1\r\n2"),
    ] {
        assert_eq!(parse(xml).root().text().unwrap(), expected, "{xml:?}");
    }
}

#[test]
fn a_page_for_people_is_told_from_hostile_xml() {
    for (text, expected) in [
        ("<!DOCTYPE html><html><body>x", "html_page"),
        ("\u{feff}\r\n<!doctype HTML PUBLIC '-//W3C'>", "html_page"),
        ("<html lang='en'><body>x<br></html>", "html_page"),
        ("<!DOCTYPE htmlx><a/>", "doctype_refused"),
        ("<!DOCTYPE a><a/>", "doctype_refused"),
        ("<a/><!DOCTYPE html>", "doctype_refused"),
        ("<htmlx/>", "parsed"),
        ("<a><html/></a>", "parsed"),
    ] {
        assert_eq!(outcome(text, &Limits::MESSAGE), expected, "{text}");
    }
}
