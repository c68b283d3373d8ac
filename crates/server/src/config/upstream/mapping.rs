//! Which attributes of an upstream hold what: `upstreams.<id>.mapping`.

use vestibule_core::identity::Mapping;

use crate::config::{
    reader::Reader,
    setting::{Key, Section},
};

/// Where an upstream differs from its preset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MappingOverrides {
    /// Attribute with the person's stable name.
    id: Option<String>,
    /// Attributes that may hold the mail address.
    mail: Option<Vec<String>>,
    /// Attributes that may hold the name to show.
    display_name: Option<Vec<String>>,
    /// Attributes that may hold the first name.
    given_name: Option<Vec<String>>,
    /// Attributes that may hold the last name.
    family_name: Option<Vec<String>>,
    /// Attributes whose values are group names.
    groups: Option<Vec<String>>,
    /// Drop one leading `/` from group names.
    strip_group_slash: Option<bool>,
    /// Take the subject for the mail address when it looks like one and no other came.
    subject_is_mail: Option<bool>,
}

impl MappingOverrides {
    /// The preset's mapping with these differences.
    pub(super) fn over(self, preset: Mapping) -> Mapping {
        Mapping {
            id: self.id.or(preset.id),
            mail: self.mail.unwrap_or(preset.mail),
            display_name: self.display_name.unwrap_or(preset.display_name),
            given_name: self.given_name.unwrap_or(preset.given_name),
            family_name: self.family_name.unwrap_or(preset.family_name),
            groups: self.groups.unwrap_or(preset.groups),
            strip_group_slash: self.strip_group_slash.unwrap_or(preset.strip_group_slash),
            subject_is_mail: self.subject_is_mail.unwrap_or(preset.subject_is_mail),
            mail_domains: preset.mail_domains,
            group_bounds: preset.group_bounds,
        }
    }
}

/// Keys of a mapping.
pub(super) const SECTION: Section = Section {
    path: "upstreams.<id>.mapping",
    about: "Which attributes (SAML) or claims (OIDC) hold what. Only what differs from the preset needs to be named. Names are compared byte for byte; where several are named, the first that came decides.",
    keys: &[
        Key::optional(
            "id",
            "an attribute",
            "by the preset; else the subject (NameID, `sub`)",
            "The person's lasting name at this upstream.",
        )
        .danger("It must never change and never be given to another person: factors belong to it. A name that people can edit lets one become another."),
        Key::optional(
            "mail",
            "one or more attributes",
            "by the preset",
            "The mail address that applications get.",
        )
        .danger("Atlassian knows people by mail address. An address that people can set themselves is a way into somebody else's account."),
        Key::optional(
            "display_name",
            "one or more attributes",
            "by the preset",
            "The name to show.",
        ),
        Key::optional(
            "given_name",
            "one or more attributes",
            "by the preset",
            "The first name.",
        ),
        Key::optional(
            "family_name",
            "one or more attributes",
            "by the preset",
            "The last name.",
        ),
        Key::optional(
            "groups",
            "one or more attributes",
            "by the preset",
            "Attributes whose values are group names; those of all of them are gathered.",
        )
        .danger("Policy rules rest on groups: name only attributes that administrators alone can set (attack row MF-50)."),
        Key::optional(
            "strip_group_slash",
            "`true` or `false`",
            "by the preset",
            "Drop one leading `/` from group names, as Keycloak writes them with their full path.",
        ),
        Key::optional(
            "subject_is_mail",
            "`true` or `false`",
            "by the preset",
            "Take the subject for the mail address when it looks like one and no mail attribute came.",
        ),
    ],
};

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>) -> Option<MappingOverrides> {
    let fields = reader.section(&SECTION)?;
    let names = |key| fields.get(key).map(|reader| reader.texts());
    let flag = |key| fields.get(key).and_then(|reader| reader.flag());
    Some(MappingOverrides {
        id: fields.get("id").and_then(|reader| reader.text()),
        mail: names("mail"),
        display_name: names("display_name"),
        given_name: names("given_name"),
        family_name: names("family_name"),
        groups: names("groups"),
        strip_group_slash: flag("strip_group_slash"),
        subject_is_mail: flag("subject_is_mail"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_differs_from_the_preset() {
        let preset = Mapping {
            mail: vec!["mail".into()],
            groups: vec!["groups".into()],
            strip_group_slash: true,
            ..Mapping::default()
        };
        let overrides = MappingOverrides {
            groups: Some(vec!["roles".into()]),
            strip_group_slash: Some(false),
            ..MappingOverrides::default()
        };
        let mapping = overrides.over(preset);
        assert_eq!(mapping.mail, ["mail"]);
        assert_eq!(mapping.groups, ["roles"]);
        assert!(!mapping.strip_group_slash);
    }
}
