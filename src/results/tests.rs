//! Which response of a case counts, and that reading piece by piece is reading at once.

use sampling::{Certificate, Preset, SamplingFrame, draw};
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::app::Rooms;
use crate::cli::round::{NewRound, create};
use crate::cli::token::{Assign, issue};
use crate::secret::sha256_hex;
use crate::store::{DatabaseUrl, NewResponse, NewReview, Role as AccountRole, SystemClock, Verdict, migrate};

const ROUND: &str = "r";
const FORM: &str = "papi-2019";
const FRAME: &[u8] = include_bytes!("../../sampling/frames/bac-giang-2019-example.csv");

/// A round with the built-in questionnaire, and what is sent to it.
struct Scene {
    store: Store,
    token_id: String,
    sha256: String,
    cases: Vec<String>,
    n_sent: std::cell::Cell<u128>,
    _folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = DatabaseUrl::parse(folder.path().join("t.db").to_str().expect("UTF-8")).expect("a URL");
        migrate(&url).expect("migrated");
        let store = Store::open(&url, Arc::new(SystemClock)).expect("opens");
        let design = Preset::of_name("papi-3x2x2x20").expect("built in").design().expect("a design");
        let sample = draw(&SamplingFrame::read(FRAME, &design).expect("a frame"), &design, 7).expect("a sample");
        let list = sample.to_csv();
        let round = NewRound {
            code: ROUND.to_owned(),
            name: "Thử".to_owned(),
            certificate: Some(Certificate::of(&sample, &design, list.as_bytes()).to_json().expect("a certificate")),
            list_csv: list.into_bytes(),
            questionnaires: Rooms::of_this_program().builtin_questionnaire.expect("there")(FORM).into_iter().collect(),
            geography_day: None,
        };
        create(&store, &round).expect("a round");
        let token = issue(&store, AccountRole::Enumerator, Some(ROUND), "An", None, Assign::Nothing).expect("a token");
        let heads = store.read(|snapshot| snapshot.list_round_questionnaires(ROUND)).expect("forms");
        let cases = sample.units_of(Role::Main).map(|unit| unit.unit_id.clone()).collect();
        let (token_id, sha256) = (token.id, heads[0].sha256.clone());
        Self { store, token_id, sha256, cases, n_sent: std::cell::Cell::new(0), _folder: folder }
    }

    /// Sends an interview and gives its UUID.
    fn send(&self, case: usize, disposition: &str, n_adults: u64, replaces: Option<&str>, sha256: &str) -> String {
        self.n_sent.set(self.n_sent.get() + 1);
        // Numbers that do not follow the order of arrival.
        let uuid = uuid::Uuid::from_u128(self.n_sent.get().wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
        let uuid = uuid.hyphenated().to_string();
        let body = json!({
            "device_started_at": format!("2024-08-{:02}T08:00:00+07:00", 1 + case % 28), "language": "vi",
            "answers": { "consent": "1", "n_adults": n_adults },
        });
        let body = body.to_string().into_bytes();
        let response = NewResponse {
            uuid: uuid.clone(),
            round_code: ROUND.to_owned(),
            form_id: FORM.to_owned(),
            questionnaire_sha256: Some(sha256.to_owned()),
            case_id: self.cases[case].clone(),
            disposition: disposition.to_owned(),
            token_id: self.token_id.clone(),
            replaces_uuid: replaces.map(str::to_owned),
            format: BodyFormat::Json,
            body_sha256: sha256_hex(&body),
            body,
            flags: Vec::new(),
        };
        self.store.write("test", move |tx| tx.keep_response(&response).map(|_| ())).expect("kept");
        uuid
    }

    fn review(&self, uuid: &str, verdict: Verdict) {
        let new = NewReview {
            uuid: uuid.to_owned(),
            round_code: ROUND.to_owned(),
            verdict,
            comment: "xem lại".to_owned(),
            question: None,
            n_seen: 0,
        };
        self.store.write("test", move |tx| tx.create_review(&new)).expect("reviewed");
    }

    fn read(&self, cache: &ReadingCache) -> Arc<Reading> {
        cache.of_round(&self.store, ROUND).expect("readable").expect("there")
    }

    /// The number of adults that counts at a case.
    fn counted(&self, case: usize) -> Option<f64> {
        let reading = self.read(&ReadingCache::default());
        let form = reading.forms.first().expect("the questionnaire");
        form.interviews.number(&form.questionnaire, &self.cases[case], "n_adults")
    }
}

#[test]
fn a_complete_interview_counts_before_a_partial_one_that_came_earlier() {
    let scene = Scene::new();
    scene.send(0, "1.2", 1, None, &scene.sha256);
    assert_eq!(scene.counted(0), Some(1.0), "a partial one, while there is no other");
    scene.send(0, "1.1", 2, None, &scene.sha256);
    scene.send(0, "1.1", 3, None, &scene.sha256);
    assert_eq!(scene.counted(0), Some(2.0), "the first complete one");
}

#[test]
fn refusals_and_interviews_of_no_known_version_do_not_count() {
    let scene = Scene::new();
    scene.send(0, "2.11", 1, None, &scene.sha256);
    scene.send(0, "nonsense", 2, None, &scene.sha256);
    assert_eq!(scene.counted(0), None);
    assert_eq!(
        scene.read(&ReadingCache::default()).fieldwork_days.map(|(first, _)| first.to_string()).as_deref(),
        Some("2024-08-01")
    );
}

#[test]
fn what_is_read_piece_by_piece_is_what_is_read_at_once() {
    let scene = Scene::new();
    let cache = ReadingCache::default();
    let mut sent: Vec<String> = Vec::new();
    // More than one piece at once, then little by little, with corrections and reviews between.
    let steps = [(0, 150), (150, 150), (150, 151), (151, 200), (200, 240)];
    for (n_changes, (from, to)) in steps.into_iter().enumerate() {
        for case in from..to {
            let outcome = ["1.1", "1.1", "1.2", "2.11"][case % 4];
            sent.push(scene.send(case, outcome, 1 + case as u64 % 5, None, &scene.sha256));
        }
        if let Some(uuid) = sent.get(n_changes * 4).filter(|_| n_changes > 0).cloned() {
            scene.send(n_changes * 4, "1.1", 9, Some(&uuid), &scene.sha256);
            scene.review(&sent[n_changes * 4 + 1], Verdict::Rejected);
        }
        let (step, whole) = (scene.read(&cache), scene.read(&ReadingCache::default()));
        assert_eq!(step.progress, whole.progress);
        assert_eq!((step.fieldwork_days, step.received_on), (whole.fieldwork_days, whole.received_on));
        assert_eq!((&step.events, &step.outcomes), (&whole.events, &whole.outcomes));
        let (one, other) = (&step.forms[0], &whole.forms[0]);
        assert!(one.interviews.digests().eq(other.interviews.digests()) && one.interviews.cases().count() >= to / 2);
        assert_eq!(one.facts(), other.facts());
        let table = |form: &FormReading| {
            form.interviews
                .table(&form.questionnaire, scene.cases.iter().map(|case| Some(case.as_str())))
                .expect("a table")
        };
        // Missing numbers are not equal to themselves; as text they are.
        assert!(format!("{:?}", table(one)) == format!("{:?}", table(other)), "{from}..{to}");
        assert!(Arc::ptr_eq(&step, &scene.read(&cache)), "nothing new: the same reading");
        let results = |reading: &Reading| {
            let mut all = analysed(reading, NaiveDate::default()).indexes;
            all.remove(0).analysis.map(|analysis| (analysis.fingerprint, analysis.n_interviews))
        };
        assert_eq!(results(&step), results(&whole));
    }
    let form = &scene.read(&cache).forms[0];
    assert_eq!(
        form.interviews.number(&form.questionnaire, &scene.cases[4], "n_adults"),
        Some(9.0),
        "the correction counts"
    );
    assert!(!form.interviews.has(&scene.cases[5]), "a rejected one does not");
}
