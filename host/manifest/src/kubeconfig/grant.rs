//! What an operator writes: a kubeconfig, and which of its contexts.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::cluster::{Cluster, is_name};
use super::document::Kubeconfig;
use super::error::{KubeconfigError, KubeconfigFault};
use crate::config::Grants;
use crate::http::Method;
use crate::written;

/// The clusters of a kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeconfigGrant {
    /// The file, named from the root.
    pub file: PathBuf,
    /// The contexts that are granted; all, if absent.
    pub contexts: Option<Vec<ContextGrant>>,
    /// How their servers may be asked; for reading only, if absent.
    pub methods: Option<Vec<Method>>,
}

/// One context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextGrant {
    /// What the kubeconfig calls it.
    pub context: String,
    /// What the plugin calls it; made of that, if absent.
    pub name: Option<String>,
}

impl Grants {
    /// The same with the clusters that the kubeconfigs come to, by what `read` says of a file.
    pub fn with_clusters(
        &self,
        mut read: impl FnMut(&Path) -> Result<String, String>,
    ) -> Result<Grants, KubeconfigError> {
        let mut clusters: Vec<Cluster> = Vec::new();
        for grant in &self.kubeconfigs {
            let here = |fault| KubeconfigError { file: grant.file.clone(), fault };
            let text = read(&grant.file).map_err(|reason| here(KubeconfigFault::Unreadable(reason)))?;
            let kubeconfig = Kubeconfig::parse(&text).map_err(here)?;
            for cluster in kubeconfig.clusters(grant, &mut read).map_err(here)? {
                if let Some(fault) = clusters.iter().find_map(|other| other.clash(&cluster)) {
                    return Err(here(fault));
                }
                clusters.push(cluster);
            }
        }
        let places: Vec<_> = clusters.iter().map(Cluster::place).collect();
        for cluster in &mut clusters {
            let place = cluster.place();
            cluster.is_shared = places.iter().filter(|other| **other == place).count() > 1;
        }
        Ok(Grants { clusters, ..self.clone() })
    }
}

impl fmt::Display for KubeconfigGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        match &self.contexts {
            None => f.write_str("all contexts"),
            Some(contexts) => {
                let names: Vec<&str> = contexts.iter().map(|context| context.context.as_str()).collect();
                f.write_str(&names.join(", "))
            }
        }
    }
}

fn file<E: de::Error>(path: PathBuf) -> Result<PathBuf, E> {
    match path.is_absolute() {
        true => Ok(path),
        false => Err(E::custom(format!(
            "`{}` is no absolute path; write where the kubeconfig is from the root",
            path.display()
        ))),
    }
}

impl<'de> Deserialize<'de> for KubeconfigGrant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<KubeconfigGrant, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            file: PathBuf,
            #[serde(default)]
            contexts: Option<Vec<ContextGrant>>,
            #[serde(default)]
            methods: Option<Vec<Method>>,
        }
        struct GrantVisitor;
        impl<'de> Visitor<'de> for GrantVisitor {
            type Value = KubeconfigGrant;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a kubeconfig: its path, or `file`, and `contexts` for some of it")
            }

            fn visit_str<E: de::Error>(self, path: &str) -> Result<KubeconfigGrant, E> {
                Ok(KubeconfigGrant { file: file(path.into())?, contexts: None, methods: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KubeconfigGrant, A::Error> {
                let Written { file: path, contexts, methods } = Written::deserialize(MapAccessDeserializer::new(map))?;
                if contexts.as_ref().is_some_and(Vec::is_empty) {
                    return Err(de::Error::custom(
                        "`contexts` is empty; name those that are granted, or leave it out for all",
                    ));
                }
                Ok(KubeconfigGrant { file: file(path)?, contexts, methods })
            }
        }
        deserializer.deserialize_any(GrantVisitor)
    }
}

impl<'de> Deserialize<'de> for ContextGrant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ContextGrant, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            context: String,
            #[serde(default, rename = "as", deserialize_with = "name")]
            name: Option<String>,
        }
        struct ContextVisitor;
        impl<'de> Visitor<'de> for ContextVisitor {
            type Value = ContextGrant;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a context, or `{ context: NAME, as: OTHER }`")
            }

            fn visit_str<E: de::Error>(self, context: &str) -> Result<ContextGrant, E> {
                Ok(ContextGrant { context: context.to_owned(), name: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ContextGrant, A::Error> {
                let Written { context, name } = Written::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ContextGrant { context, name })
            }
        }
        deserializer.deserialize_any(ContextVisitor)
    }
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    written::text(deserializer, "a name, such as `prod`", |text| match is_name(text) {
        true => Ok(Some(text.to_owned())),
        false => Err(format!(
            "`{text}` is no name of a cluster; use at most 63 lower-case letters, digits and dashes, such as `prod`"
        )),
    })
}
