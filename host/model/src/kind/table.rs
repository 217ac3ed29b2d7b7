//! The table of the built-in kinds, `Template`'s spec aside.
//!
//! Rule: compatible with the descriptors that exist. A field that is not listed is allowed and kept.

use super::Shape::{FilledText, OneOf};
use super::template::TEMPLATE_FIELDS;
use super::{Field, Kind, Others, RelationField, Shape, Spec, TypeRule, list, mapping, optional, required};

const WORDS: Shape = list(&FilledText);

const PROFILE: Shape =
    mapping(&[optional("displayName", FilledText), optional("email", FilledText), optional("picture", FilledText)]);

const TYPE: Field = required("type", FilledText, "service");
const LIFECYCLE: Field = required("lifecycle", FilledText, "production");
const OWNER: Field = required("owner", FilledText, "group:default/payments");
const SYSTEM: Field = optional("system", FilledText);

const REMOTES: Field = required(
    "remotes",
    Shape::List {
        of: &mapping(&[
            required("type", FilledText, "streamable-http"),
            required("url", FilledText, "https://host/mcp"),
        ]),
        least: 1,
    },
    "[{ type: streamable-http, url: 'https://host/mcp' }]",
);

fn core() -> Vec<String> {
    vec!["backstage.io/v1alpha1".to_owned(), "backstage.io/v1beta1".to_owned()]
}

fn points(path: &str, relation: &str, inverse: &str, default_kind: Option<&str>) -> RelationField {
    RelationField {
        path: path.to_owned(),
        relation: relation.into(),
        inverse: inverse.into(),
        default_kind: default_kind.map(str::to_owned),
        targets: Vec::new(),
        // Documents that exist point where they like.
        others: Others::Kept,
        many: true,
        required: false,
    }
}

fn only(field: RelationField, targets: &[&str]) -> RelationField {
    RelationField { targets: targets.iter().map(|kind| (*kind).to_owned()).collect(), ..field }
}

fn owned() -> RelationField {
    points("owner", "ownedBy", "ownerOf", Some("group"))
}

fn in_system() -> RelationField {
    points("system", "partOf", "hasPart", Some("system"))
}

fn depends_on() -> RelationField {
    points("dependsOn", "dependsOn", "dependencyOf", None)
}

fn dependency_of() -> RelationField {
    points("dependencyOf", "dependencyOf", "dependsOn", None)
}

/// All of them, in the order in which people list them.
pub(super) fn kinds() -> Vec<Kind> {
    vec![
        Kind {
            name: "Component".to_owned(),
            plural: "components".to_owned(),
            title: "Component".to_owned(),
            title_plural: "Components".to_owned(),
            description: "A piece of software: a service, a website, a library.".to_owned(),
            api_versions: core(),
            spec: Spec::Fields {
                fields: const {
                    &[
                        TYPE,
                        LIFECYCLE,
                        OWNER,
                        SYSTEM,
                        optional("subcomponentOf", FilledText),
                        optional("providesApis", WORDS),
                        optional("consumesApis", WORDS),
                        optional("dependsOn", WORDS),
                    ]
                },
                by_type: vec![],
            },
            relations: vec![
                owned(),
                points("subcomponentOf", "partOf", "hasPart", Some("component")),
                points("providesApis", "providesApi", "apiProvidedBy", Some("api")),
                points("consumesApis", "consumesApi", "apiConsumedBy", Some("api")),
                depends_on(),
                dependency_of(),
                in_system(),
            ],
        },
        Kind {
            name: "API".to_owned(),
            plural: "apis".to_owned(),
            title: "API".to_owned(),
            title_plural: "APIs".to_owned(),
            description: "An interface that components provide and consume.".to_owned(),
            api_versions: core(),
            spec: Spec::Fields {
                fields: const {
                    &[
                        required("type", FilledText, "openapi"),
                        LIFECYCLE,
                        OWNER,
                        required("definition", FilledText, "{ $text: ./openapi.yaml }"),
                        SYSTEM,
                    ]
                },
                by_type: vec![TypeRule {
                    spec_type: "mcp-server",
                    fields: const { &[REMOTES] },
                    relations: vec![],
                    instead_of: Some("definition"),
                }],
            },
            relations: vec![owned(), in_system()],
        },
        Kind {
            name: "Resource".to_owned(),
            plural: "resources".to_owned(),
            title: "Resource".to_owned(),
            title_plural: "Resources".to_owned(),
            description: "Infrastructure that components need: a database, a bucket, a queue.".to_owned(),
            api_versions: core(),
            spec: Spec::Fields {
                fields: const { &[required("type", FilledText, "database"), OWNER, SYSTEM, optional("dependsOn", WORDS)] },
                by_type: vec![],
            },
            relations: vec![owned(), depends_on(), dependency_of(), in_system()],
        },
        Kind {
            name: "System".to_owned(),
            plural: "systems".to_owned(),
            title: "System".to_owned(),
            title_plural: "Systems".to_owned(),
            description: "Components, APIs and resources that serve one purpose together.".to_owned(),
            api_versions: core(),
            spec: Spec::Fields {
                fields: const { &[OWNER, optional("domain", FilledText), optional("type", FilledText)] },
                by_type: vec![],
            },
            relations: vec![owned(), points("domain", "partOf", "hasPart", Some("domain"))],
        },
        Kind {
            name: "Domain".to_owned(),
            plural: "domains".to_owned(),
            title: "Domain".to_owned(),
            title_plural: "Domains".to_owned(),
            description: "An area of the business, with the systems that belong to it.".to_owned(),
            api_versions: core(),
            spec: Spec::Fields {
                fields: const { &[OWNER, optional("subdomainOf", FilledText), optional("type", FilledText)] },
                by_type: vec![],
            },
            relations: vec![owned(), points("subdomainOf", "partOf", "hasPart", Some("domain"))],
        },
        Kind {
            name: "Group".to_owned(),
            plural: "groups".to_owned(),
            title: "Group".to_owned(),
            title_plural: "Groups".to_owned(),
            description: "A team or another unit of the organisation.".to_owned(),
            api_versions: core(),
            spec: Spec::Fields {
                fields: const {
                    &[
                        required("type", FilledText, "team"),
                        required("children", WORDS, "[]"),
                        optional("parent", FilledText),
                        optional("members", WORDS),
                        optional("profile", PROFILE),
                    ]
                },
                by_type: vec![],
            },
            relations: vec![
                points("parent", "childOf", "parentOf", Some("group")),
                points("children", "parentOf", "childOf", Some("group")),
                points("members", "hasMember", "memberOf", Some("user")),
            ],
        },
        Kind {
            name: "User".to_owned(),
            plural: "users".to_owned(),
            title: "User".to_owned(),
            title_plural: "Users".to_owned(),
            description: "A person.".to_owned(),
            api_versions: core(),
            spec: Spec::Fields {
                fields: const { &[required("memberOf", WORDS, "[]"), optional("profile", PROFILE)] },
                by_type: vec![],
            },
            relations: vec![points("memberOf", "memberOf", "hasMember", Some("group"))],
        },
        Kind {
            name: "Location".to_owned(),
            plural: "locations".to_owned(),
            title: "Location".to_owned(),
            title_plural: "Locations".to_owned(),
            description: "A pointer to further descriptors.".to_owned(),
            api_versions: core(),
            spec: Spec::Fields {
                fields: const {
                    &[
                        optional("type", FilledText),
                        optional("target", FilledText),
                        optional("targets", WORDS),
                        optional("presence", OneOf(&["required", "optional"])),
                    ]
                },
                by_type: vec![],
            },
            relations: vec![],
        },
        Kind {
            name: "Template".to_owned(),
            plural: "templates".to_owned(),
            title: "Template".to_owned(),
            title_plural: "Templates".to_owned(),
            description: "A recipe from which new things are made.".to_owned(),
            api_versions: vec!["scaffolder.backstage.io/v1beta3".to_owned()],
            spec: Spec::Fields { fields: TEMPLATE_FIELDS, by_type: vec![] },
            relations: vec![owned()],
        },
        ai_resource(),
    ]
}

const AI: Option<&str> = Some("airesource");
const AI_ONLY: &[&str] = &["airesource"];

fn ai_resource() -> Kind {
    Kind {
        name: "AiResource".to_owned(),
        plural: "airesources".to_owned(),
        title: "AI resource".to_owned(),
        title_plural: "AI resources".to_owned(),
        description: "Context for tools that write code: a skill, a rule, a plugin, a marketplace of plugins."
            .to_owned(),
        api_versions: vec!["backstage.io/v1alpha1".to_owned()],
        spec: Spec::Fields {
            fields: const { &[required("type", FilledText, "skill"), LIFECYCLE, OWNER, SYSTEM] },
            by_type: vec![
                TypeRule {
                    spec_type: "skill",
                    fields: const {
                        &[
                            optional("disciplines", WORDS),
                            optional("categories", WORDS),
                            optional("agents", WORDS),
                            optional("dependsOn", WORDS),
                            optional("allowedTools", WORDS),
                            optional("license", FilledText),
                            optional("compatibility", FilledText),
                        ]
                    },
                    relations: vec![only(points("dependsOn", "dependsOn", "dependencyOf", AI), AI_ONLY)],
                    instead_of: None,
                },
                TypeRule {
                    spec_type: "rule",
                    fields: const {
                        &[
                            required("category", FilledText, "security"),
                            required("rationale", FilledText, "why the rule exists"),
                            optional("disciplines", WORDS),
                        ]
                    },
                    relations: vec![],
                    instead_of: None,
                },
                TypeRule {
                    spec_type: "plugin",
                    fields: const { &[required("skills", WORDS, "[]"), optional("version", FilledText)] },
                    relations: vec![only(points("skills", "hasPart", "partOf", AI), AI_ONLY)],
                    instead_of: None,
                },
                TypeRule {
                    spec_type: "marketplace",
                    fields: const { &[required("plugins", WORDS, "[]"), optional("version", FilledText)] },
                    relations: vec![only(points("plugins", "hasPart", "partOf", AI), AI_ONLY)],
                    instead_of: None,
                },
            ],
        },
        relations: vec![only(owned(), &["group", "user"]), only(in_system(), &["system"])],
    }
}
