use std::collections::BTreeSet;

use super::*;
use crate::questionnaire::{BUILTIN, Sheets, builtin, xlsform};

fn built_in(name: &str) -> Questionnaire {
    builtin(name).expect("built in").questionnaire().expect("a questionnaire")
}

#[test]
fn every_built_in_questionnaire_is_a_form_whose_parts_agree() {
    for name in BUILTIN.iter().map(|instrument| instrument.name) {
        let questionnaire = built_in(name);
        let xml = xform(&questionnaire, &"a".repeat(64)).expect("a form");
        let document = roxmltree::Document::parse(&xml).expect("well-formed");
        let nodes: Vec<_> = document.descendants().filter(roxmltree::Node::is_element).collect();
        let data = nodes.iter().find(|node| node.tag_name().name() == "data").expect("an instance");
        let paths: BTreeSet<String> = data.descendants().filter(roxmltree::Node::is_element).map(path).collect();
        for node in &nodes {
            for attribute in ["nodeset", "ref"] {
                if let Some(place) = node.attribute(attribute).filter(|place| place.starts_with("/data")) {
                    assert!(paths.contains(place), "{name}: {place}");
                }
            }
        }
        let bound: BTreeSet<&str> = nodes
            .iter()
            .filter(|node| node.tag_name().name() == "bind")
            .filter_map(|node| node.attribute("nodeset"))
            .collect();
        for question in questionnaire.questions() {
            assert!(
                bound.iter().any(|place| place.ends_with(&format!("/{}", question.name))),
                "{name}: {}",
                question.name
            );
        }
        let texts_of = |language: &str| -> BTreeSet<&str> {
            nodes
                .iter()
                .filter(|node| node.tag_name().name() == "text")
                .filter(|node| node.parent_element().is_some_and(|around| around.attribute("lang") == Some(language)))
                .filter_map(|node| node.attribute("id"))
                .collect()
        };
        let (vi, en) = (texts_of("Tiếng Việt (vi)"), texts_of("English (en)"));
        assert_eq!(vi, en, "{name}: every text in every language");
        assert!(vi.len() > questionnaire.questions().len());
        for node in &nodes {
            let words = node.attribute("ref").and_then(|text| text.strip_prefix("jr:itext('")?.strip_suffix("')"));
            assert!(words.is_none_or(|id| vi.contains(id)), "{name}: {words:?}");
        }
    }
}

fn path(node: roxmltree::Node<'_, '_>) -> String {
    let mut parts: Vec<&str> =
        node.ancestors().map(|around| around.tag_name().name()).take_while(|name| *name != "instance").collect();
    parts.reverse();
    format!("/{}", parts.join("/"))
}

#[test]
fn the_form_is_the_same_each_time_and_names_its_questionnaire() {
    let questionnaire = built_in("papi-2019");
    let sha256 = "b".repeat(64);
    let xml = xform(&questionnaire, &sha256).expect("a form");
    assert_eq!(xml, xform(&questionnaire, &sha256).expect("a form"));
    assert!(xml.contains(&format!("<{QUESTIONNAIRE}>{sha256}</{QUESTIONNAIRE}>")));
}

#[test]
fn what_a_form_cannot_say_is_told() {
    let read = |row: &str| {
        let survey = format!("type,name,label,required,parameters\nselect_one yes_no,consent,Đồng ý?,true(),\n{row}\n");
        let choices = "list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\n";
        let settings = "form_title,form_id,version,default_language\nThử,thu,1,vi\n";
        xlsform::read(&Sheets::from_csv(&survey, choices, settings).expect("sheets")).expect("a questionnaire")
    };
    for (row, column) in [("text,khs_a,A,,", "name"), ("begin_group,khs_a,A,,\ntext,a,A,,\nend_group,,,,", "name")] {
        let questionnaire = read(row);
        let problem = xform(&questionnaire, "").expect_err("refused");
        assert_eq!(
            (problem.code, problem.place.expect("a place").column.as_deref()),
            ("xform_unsupported", Some(column))
        );
    }
}
