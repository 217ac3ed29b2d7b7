//! The members of an organisation on GitHub, with what they are called and where they are written to.
//!
//! Rule: the list of members says logins alone. GraphQL says the rest, of a hundred at once; where that is refused, by the grant, by GitHub
//! or for want of a right, the list is read, and it is said why nobody has a name. Half an answer is none.

use portico_sdk::{Error, clock};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Account;
use crate::api::{Api, Asked, Fault, description, filled, part};
use crate::dialect::User;

/// Public addresses take a right of their own, and Apps are not told of them.
const QUESTION: &str = "query($owner: String!, $after: String, $public: Boolean!) { organization(login: $owner) { \
    membersWithRole(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { \
    login name bio avatarUrl url email @include(if: $public) organizationVerifiedDomainEmails(login: $owner) } } } }";

/// Pages of one answer: a million members.
const MOST_PAGES: usize = 10_000;

#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<Wrong>,
}

#[derive(Deserialize)]
struct Data {
    organization: Option<Organization>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    members_with_role: Members,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    total_count: usize,
    page_info: PageInfo,
    nodes: Vec<Option<Member>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    login: String,
    name: Option<String>,
    bio: Option<String>,
    avatar_url: Option<String>,
    url: Option<String>,
    email: Option<String>,
    organization_verified_domain_emails: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Wrong {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: String,
    #[serde(default)]
    extensions: Value,
}

/// What came of asking.
enum Told {
    All(Vec<User>),
    /// GitHub understands the question, and does not answer it.
    Refused(String),
}

impl From<Member> for User {
    fn from(member: Member) -> User {
        // The company's own address is the one that other tools know people by.
        let own = member.organization_verified_domain_emails.into_iter().flatten().find(|email| !email.is_empty());
        User {
            login: member.login,
            name: filled(member.name),
            email: own.or_else(|| filled(member.email)),
            description: description(member.bio),
            picture: filled(member.avatar_url),
            url: member.url,
        }
    }
}

/// The members of an organisation, and why nothing but their logins is known where that is so.
pub(super) fn members(api: &Api, owner: &str) -> Asked<(Vec<User>, Option<String>)> {
    let mut why = String::new();
    for public in [true, false] {
        match asked(api, owner, public) {
            Ok(Told::All(users)) => return Ok((users, None)),
            Ok(Told::Refused(said)) => why = said,
            Err(fault) if is_refusal(&fault) => {
                why = Error::from(fault).to_string();
                break;
            }
            Err(fault) => return Err(fault),
        }
    }
    let listed = api.all::<Account>(&format!("/orgs/{}/members?per_page=100", part(owner)))?;
    Ok((listed.into_iter().map(User::from).collect(), Some(why)))
}

/// Whether nothing there takes the question: the grant, the forge or what stands in front of it.
fn is_refusal(fault: &Fault) -> bool {
    match fault {
        Fault::Forbidden(_) | Fault::Missing(_) | Fault::Moved(_) => true,
        Fault::None(error) => matches!(error, Error::Denied(_) | Error::Failed(_)),
        Fault::Unknown(_) | Fault::Empty(_) | Fault::Odd(_) => false,
    }
}

/// Where GraphQL is: beside the interface, on servers of one's own above its version.
fn address(api: &Api) -> String {
    let base = api.base();
    format!("{}/graphql", base.strip_suffix("/v3").unwrap_or(base))
}

fn asked(api: &Api, owner: &str, public: bool) -> Asked<Told> {
    let (url, mut users, mut after) = (address(api), Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let question = json!({ "query": QUESTION, "variables": { "owner": owner, "after": after, "public": public } });
        let response = api.post(&url, &question)?;
        let Answer { data, errors } = response.json().map_err(|error| api.odd(&url, &error))?;
        if let Some(wrong) = errors.first() {
            let reset = response.header("x-ratelimit-reset").and_then(|reset| reset.trim().parse().ok());
            return wrong.judged(api, reset);
        }
        let Some(Members { total_count, page_info, nodes }) =
            data.and_then(|data| data.organization).map(|organization| organization.members_with_role)
        else {
            return Ok(Told::Refused(format!("{} says nothing of the organisation", api.host())));
        };
        users.extend(nodes.into_iter().flatten().map(User::from));
        after = page_info.end_cursor.filter(|_| page_info.has_next_page);
        match after {
            Some(_) => {}
            None if users.len() < total_count => {
                return Err(Fault::Odd(format!(
                    "{} says that there are {total_count} members, and names {}: half a list is none, and everything stays as it is",
                    api.host(),
                    users.len()
                )));
            }
            None => return Ok(Told::All(users)),
        }
    }
    Err(Fault::Odd(format!("{} does not end the list of members", api.host())))
}

impl Wrong {
    /// Whether it is a refusal; whatever else it is may be otherwise the next time. `reset` is when more may be asked, in seconds since
    /// 1970.
    fn judged(&self, api: &Api, reset: Option<u64>) -> Asked<Told> {
        let said = format!("{}: {}", api.host(), self.message.chars().take(300).collect::<String>());
        match self.kind.as_deref() {
            Some("FORBIDDEN" | "INSUFFICIENT_SCOPES" | "NOT_FOUND") => Ok(Told::Refused(said)),
            // A server that is older than the question.
            None if self.extensions["code"].is_string() => Ok(Told::Refused(said)),
            Some("RATE_LIMITED") => {
                let seconds = reset.map(|reset| reset.saturating_sub(clock::now() / 1_000).max(1));
                let retry_after = Some(seconds.and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(60));
                Err(Fault::None(Error::Unavailable { reason: said, retry_after }))
            }
            _ => Err(Fault::None(Error::Unavailable { reason: said, retry_after: None })),
        }
    }
}

#[cfg(test)]
mod tests;
