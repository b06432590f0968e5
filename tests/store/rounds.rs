use std::sync::Arc;

use khaosat::cli::round::create;
use khaosat::secret::sha256_hex;
use khaosat::store::{CaseRole, SystemClock};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, new_round, sample_list, sheets};

on_both_databases! {
    fn a_round_is_made_whole_or_not_at_all(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        let mut twice = new_round(ROUND);
        twice.questionnaires.push(sheets("papi-2019", "1"));
        let problems = create(&store, &twice).expect_err("the same questionnaire twice");
        assert_eq!(problems.0[0].code, "exists_already");
        assert_eq!(database.number("SELECT count(*) AS n FROM survey_round"), 0);
        assert_eq!(database.number("SELECT count(*) AS n FROM audit_event"), 0);
        assert_eq!(create(&store, &new_round(ROUND)).expect("a round"), 6);
        assert_eq!(create(&store, &new_round(ROUND)).expect_err("taken").0[0].code, "exists_already");
    }

    fn a_published_questionnaire_does_not_change_under_its_version(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        create(&store, &new_round("one")).expect("a round");
        create(&store, &new_round("two")).expect("the same questionnaire in another round");
        assert_eq!(database.number("SELECT count(*) AS n FROM questionnaire_version"), 1);
        let mut changed = new_round("three");
        changed.questionnaires[0].insert("survey.csv".to_owned(), "type,name,label\ninteger,a,A\n".to_owned());
        assert_eq!(create(&store, &changed).expect_err("changed in silence").0[0].code, "exists_already");
        changed.questionnaires[0] = sheets("papi-2019", "2");
        create(&store, &changed).expect("a new version");
    }

    fn the_list_and_its_cases_are_kept(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        let mut round = new_round(ROUND);
        let sha256 = sha256_hex(&round.list_csv);
        round.certificate = Some(format!("{{\"list_sha256\":\"{sha256}\",\"design_toml\":\"name = 'x'\"}}"));
        create(&store, &round).expect("a round");
        let (sample, cases) = store
            .read(|snapshot| Ok((snapshot.find_sample(ROUND)?.expect("a sample"), snapshot.list_cases(ROUND)?)))
            .expect("read");
        assert_eq!(sample.list_csv, sample_list().as_bytes());
        assert_eq!((sample.list_sha256, sample.design.as_deref()), (sha256, Some("name = 'x'")));
        let last = cases.last().expect("cases");
        assert_eq!((cases.len(), last.case_id.as_str(), last.role), (6, "v2-3", CaseRole::Reserve));
        assert_eq!((last.area_name.as_str(), last.area_path[0].name.as_str()), ("Thôn Thượng", "Xã Tân Dĩnh"));
        assert_eq!((last.base_weight, last.inclusion_probability), (10.0, 0.1));
    }

    fn a_certificate_of_another_list_is_refused(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        let mut round = new_round(ROUND);
        round.certificate = Some("{\"list_sha256\":\"00\"}".to_owned());
        assert_eq!(create(&store, &round).expect_err("not its own").0[0].code, "certificate_of_another_list");
    }
}
