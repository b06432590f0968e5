//! Who may call which address, as the table of `docs/SECURITY.md`, made from the table that admits them.

use crate::store::Role;

use super::auth::Who;
use super::table;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/SECURITY.md");
const BEGIN: &str = "<!-- addresses: begin -->\n";
const END: &str = "<!-- addresses: end -->\n";

/// Words for how callers are known, and the roles that are let in.
fn words(who: Who) -> (&'static str, &'static [Role]) {
    match who {
        Who::Anyone => ("everybody; nothing is looked at", &[]),
        Who::AnyoneOrKnown => ("everybody; who is known sees more", &[]),
        Who::SignedIn => ("everybody who is signed in", Role::ALL),
        Who::Bearers(roles) => ("token", roles),
        Who::Roles(roles) => ("token or session", roles),
        Who::RolesEverywhere(roles) => ("token or session, for all rounds", roles),
        Who::RoundReaders(roles) => ("in the round; of a public round everybody", roles),
        Who::RoundRoles(roles) => ("in the round", roles),
    }
}

fn markdown() -> String {
    let mut lines = vec![
        format!(
            "| address | how known | {} |",
            Role::ALL.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" | ")
        ),
        format!("| --- | --- |{}", " --- |".repeat(Role::ALL.len())),
    ];
    for entry in table() {
        let (how, roles) = words(entry.who);
        let marks: Vec<&str> = Role::ALL.iter().map(|role| if roles.contains(role) { "●" } else { "" }).collect();
        lines.push(format!("| `{} {}` | {how} | {} |", entry.method, entry.path, marks.join(" | ")));
    }
    lines.join("\n") + "\n"
}

/// Written anew with `KHAOSAT_WRITE_PAGES=1`.
#[test]
fn the_page_says_who_may_call_which_address() {
    let page = std::fs::read_to_string(PAGE).expect("docs/SECURITY.md");
    let (before, rest) = page.split_once(BEGIN).expect("where the table begins");
    let (written, after) = rest.split_once(END).expect("where the table ends");
    let made = markdown();
    if std::env::var("KHAOSAT_WRITE_PAGES").is_ok_and(|value| value == "1") {
        std::fs::write(PAGE, format!("{before}{BEGIN}{made}{END}{after}")).expect("written");
        return;
    }
    assert!(written == made, "docs/SECURITY.md is stale: run this test with KHAOSAT_WRITE_PAGES=1");
}
