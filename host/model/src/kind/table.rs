//! The table of the built-in kinds, `Template`'s spec aside.
//!
//! Rule: compatible with the descriptors that exist. A field that is not listed is allowed and kept.

use super::Shape::{FilledText, OneOf};
use super::template::TEMPLATE_FIELDS;
use super::{Field, Kind, RelationField, Shape, TypeRule, list, mapping, optional, required};

const CORE: &[&str] = &["backstage.io/v1alpha1", "backstage.io/v1beta1"];
const WORDS: Shape = list(&FilledText);

const PROFILE: Shape =
    mapping(&[optional("displayName", FilledText), optional("email", FilledText), optional("picture", FilledText)]);

const TYPE: Field = required("type", FilledText, "service");
const LIFECYCLE: Field = required("lifecycle", FilledText, "production");
const OWNER: Field = required("owner", FilledText, "group:default/payments");
const SYSTEM: Field = optional("system", FilledText);

const OWNED: RelationField = points("owner", "ownedBy", "ownerOf", Some("group"));
const IN_SYSTEM: RelationField = points("system", "partOf", "hasPart", Some("system"));
const DEPENDS_ON: RelationField = points("dependsOn", "dependsOn", "dependencyOf", None);
const DEPENDENCY_OF: RelationField = points("dependencyOf", "dependencyOf", "dependsOn", None);

const fn points(
    field: &'static str,
    relation: &'static str,
    inverse: &'static str,
    default_kind: Option<&'static str>,
) -> RelationField {
    RelationField { field, relation, inverse, default_kind, targets: &[] }
}

const fn only(field: RelationField, targets: &'static [&'static str]) -> RelationField {
    RelationField { targets, ..field }
}

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Component",
        plural: "components",
        title: "Component",
        title_plural: "Components",
        description: "A piece of software: a service, a website, a library.",
        api_versions: CORE,
        fields: &[
            TYPE,
            LIFECYCLE,
            OWNER,
            SYSTEM,
            optional("subcomponentOf", FilledText),
            optional("providesApis", WORDS),
            optional("consumesApis", WORDS),
            optional("dependsOn", WORDS),
        ],
        by_type: &[],
        relations: &[
            OWNED,
            points("subcomponentOf", "partOf", "hasPart", Some("component")),
            points("providesApis", "providesApi", "apiProvidedBy", Some("api")),
            points("consumesApis", "consumesApi", "apiConsumedBy", Some("api")),
            DEPENDS_ON,
            DEPENDENCY_OF,
            IN_SYSTEM,
        ],
    },
    Kind {
        name: "API",
        plural: "apis",
        title: "API",
        title_plural: "APIs",
        description: "An interface that components provide and consume.",
        api_versions: CORE,
        fields: &[
            required("type", FilledText, "openapi"),
            LIFECYCLE,
            OWNER,
            required("definition", FilledText, "{ $text: ./openapi.yaml }"),
            SYSTEM,
        ],
        by_type: &[TypeRule {
            spec_type: "mcp-server",
            fields: &[required(
                "remotes",
                Shape::List {
                    of: &mapping(&[
                        required("type", FilledText, "streamable-http"),
                        required("url", FilledText, "https://host/mcp"),
                    ]),
                    least: 1,
                },
                "[{ type: streamable-http, url: 'https://host/mcp' }]",
            )],
            relations: &[],
            instead_of: Some("definition"),
        }],
        relations: &[OWNED, IN_SYSTEM],
    },
    Kind {
        name: "Resource",
        plural: "resources",
        title: "Resource",
        title_plural: "Resources",
        description: "Infrastructure that components need: a database, a bucket, a queue.",
        api_versions: CORE,
        fields: &[required("type", FilledText, "database"), OWNER, SYSTEM, optional("dependsOn", WORDS)],
        by_type: &[],
        relations: &[OWNED, DEPENDS_ON, DEPENDENCY_OF, IN_SYSTEM],
    },
    Kind {
        name: "System",
        plural: "systems",
        title: "System",
        title_plural: "Systems",
        description: "Components, APIs and resources that serve one purpose together.",
        api_versions: CORE,
        fields: &[OWNER, optional("domain", FilledText), optional("type", FilledText)],
        by_type: &[],
        relations: &[OWNED, points("domain", "partOf", "hasPart", Some("domain"))],
    },
    Kind {
        name: "Domain",
        plural: "domains",
        title: "Domain",
        title_plural: "Domains",
        description: "An area of the business, with the systems that belong to it.",
        api_versions: CORE,
        fields: &[OWNER, optional("subdomainOf", FilledText), optional("type", FilledText)],
        by_type: &[],
        relations: &[OWNED, points("subdomainOf", "partOf", "hasPart", Some("domain"))],
    },
    Kind {
        name: "Group",
        plural: "groups",
        title: "Group",
        title_plural: "Groups",
        description: "A team or another unit of the organisation.",
        api_versions: CORE,
        fields: &[
            required("type", FilledText, "team"),
            required("children", WORDS, "[]"),
            optional("parent", FilledText),
            optional("members", WORDS),
            optional("profile", PROFILE),
        ],
        by_type: &[],
        relations: &[
            points("parent", "childOf", "parentOf", Some("group")),
            points("children", "parentOf", "childOf", Some("group")),
            points("members", "hasMember", "memberOf", Some("user")),
        ],
    },
    Kind {
        name: "User",
        plural: "users",
        title: "User",
        title_plural: "Users",
        description: "A person.",
        api_versions: CORE,
        fields: &[required("memberOf", WORDS, "[]"), optional("profile", PROFILE)],
        by_type: &[],
        relations: &[points("memberOf", "memberOf", "hasMember", Some("group"))],
    },
    Kind {
        name: "Location",
        plural: "locations",
        title: "Location",
        title_plural: "Locations",
        description: "A pointer to further descriptors.",
        api_versions: CORE,
        fields: &[
            optional("type", FilledText),
            optional("target", FilledText),
            optional("targets", WORDS),
            optional("presence", OneOf(&["required", "optional"])),
        ],
        by_type: &[],
        relations: &[],
    },
    Kind {
        name: "Template",
        plural: "templates",
        title: "Template",
        title_plural: "Templates",
        description: "A recipe from which new things are made.",
        api_versions: &["scaffolder.backstage.io/v1beta3"],
        fields: TEMPLATE_FIELDS,
        by_type: &[],
        relations: &[OWNED],
    },
    AI_RESOURCE,
];

const AI: Option<&str> = Some("airesource");
const AI_ONLY: &[&str] = &["airesource"];

const AI_RESOURCE: Kind = Kind {
    name: "AiResource",
    plural: "airesources",
    title: "AI resource",
    title_plural: "AI resources",
    description: "Context for tools that write code: a skill, a rule, a plugin, a marketplace of plugins.",
    api_versions: &["backstage.io/v1alpha1"],
    fields: &[required("type", FilledText, "skill"), LIFECYCLE, OWNER, SYSTEM],
    by_type: &[
        TypeRule {
            spec_type: "skill",
            fields: &[
                optional("disciplines", WORDS),
                optional("categories", WORDS),
                optional("agents", WORDS),
                optional("dependsOn", WORDS),
                optional("allowedTools", WORDS),
                optional("license", FilledText),
                optional("compatibility", FilledText),
            ],
            relations: &[only(points("dependsOn", "dependsOn", "dependencyOf", AI), AI_ONLY)],
            instead_of: None,
        },
        TypeRule {
            spec_type: "rule",
            fields: &[
                required("category", FilledText, "security"),
                required("rationale", FilledText, "why the rule exists"),
                optional("disciplines", WORDS),
            ],
            relations: &[],
            instead_of: None,
        },
        TypeRule {
            spec_type: "plugin",
            fields: &[required("skills", WORDS, "[]"), optional("version", FilledText)],
            relations: &[only(points("skills", "hasPart", "partOf", AI), AI_ONLY)],
            instead_of: None,
        },
        TypeRule {
            spec_type: "marketplace",
            fields: &[required("plugins", WORDS, "[]"), optional("version", FilledText)],
            relations: &[only(points("plugins", "hasPart", "partOf", AI), AI_ONLY)],
            instead_of: None,
        },
    ],
    relations: &[only(OWNED, &["group", "user"]), only(IN_SYSTEM, &["system"])],
};
