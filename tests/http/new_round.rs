//! A round made, and a questionnaire published, by forms alone.

use khaosat::simulation::coverage::EXAMPLE_FRAME;
use khaosat::store::Role;

use crate::support::browser::{hand_in, page, submit, text};
use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, TestService, sheets};

const BASICS: [(&str, &str); 3] =
    [("code", "bac-giang-2026"), ("name", "PAPI Bắc Giang 2026"), ("template", "papi-2021")];

on_both_databases! {
    fn a_round_is_made_from_a_template_a_frame_and_a_seed(database: &TestDatabase) {
        let service = TestService::start(database);
        service.person("quan-tri", Role::Administrator, None);
        service.person("dieu-phoi", Role::Coordinator, Some(ROUND));
        let browser = service.session("quan-tri");
        assert_eq!(page(&service, Some(&service.session("dieu-phoi")), "/new-round").status, 403, "works in one round only");
        assert!(text(&page(&service, Some(&browser), "/")).contains("/new-round"));
        let begun = text(&page(&service, Some(&browser), "/new-round"));
        assert!(begun.contains("papi-2021") && begun.contains("sipas-2023"), "{begun}");
        let wrong = submit(&service, &browser, "/new-round", &[("code", "Bắc Giang"), ("name", ""), ("template", "papi-2021")]);
        assert!(wrong.status == 200 && text(&wrong).contains("mã đợt khảo sát không hợp lệ") && text(&wrong).contains("tên đợt khảo sát"), "both at once: {}", text(&wrong));
        let taken = submit(&service, &browser, "/new-round", &[("code", ROUND), ("name", "x"), ("template", "papi-2021")]);
        assert!(text(&taken).contains("đã có đợt khảo sát mang mã này"), "{}", text(&taken));
        let made = submit(&service, &browser, "/new-round", &BASICS);
        assert_eq!(made.status, 303, "{}", text(&made));
        let here = made.headers["location"].split('?').next().expect("an address").to_owned();
        assert!(text(&page(&service, Some(&browser), "/new-round")).contains(&here), "it can be gone on with");

        // A frame with a negative and a missing number: all is told with its row, nothing can be drawn.
        let bad = EXAMPLE_FRAME.replacen(",246,", ",-246,", 1);
        assert_eq!(hand_in(&service, &browser, &here, &[("act", "frame")], &[("frame", "khung.csv", bad.as_bytes())]).status, 303);
        let shown = text(&page(&service, Some(&browser), &here));
        assert!(shown.contains("<td class=\"number\">2</td><td>households</td>") && shown.contains("khung.csv"), "{shown}");
        assert!(!shown.contains("name=\"seed\""), "no draw without a good frame");
        // Another heading is mapped by choosing.
        let renamed = EXAMPLE_FRAME.replacen("households", "Số hộ", 1);
        assert_eq!(hand_in(&service, &browser, &here, &[("act", "frame")], &[("frame", "tệp/khung2.csv", renamed.as_bytes())]).status, 303);
        let shown = text(&page(&service, Some(&browser), &here));
        assert!(shown.contains("✗ households") && shown.contains("<strong>khung2.csv</strong>"), "{shown}");
        let mapped = [("act", "frame"), ("columns", "yes"), ("heading", "households"), ("column", "Số hộ")];
        assert_eq!(submit(&service, &browser, &here, &mapped).status, 303);
        let shown = text(&page(&service, Some(&browser), &here));
        assert!(shown.contains("Đọc được, không có vấn đề") && shown.contains("2.095") && shown.contains("478.834"), "{shown}");
        let empty = hand_in(&service, &browser, &here, &[("act", "frame")], &[("frame", "", b"")]);
        assert!(empty.status == 200 && text(&empty).contains("chưa tải tệp khung mẫu lên"), "{}", text(&empty));

        let design = [
            ("act", "design"), ("design", "papi-3x2x2x20"), ("deff", "2,5"),
            ("n", "3"), ("method", "pps_systematic"), ("reserves", "0"),
            ("n", "2"), ("method", "pps_systematic"), ("reserves", "0"),
            ("n", "2"), ("method", "pps_systematic"), ("reserves", "0"),
            ("n", "15"), ("method", "simple_random"), ("reserves", "5"),
        ];
        let kept = submit(&service, &browser, &here, &design);
        assert_eq!(kept.status, 303, "{}", text(&kept));
        let shown = text(&page(&service, Some(&browser), &here));
        assert!(shown.contains("như chương trình sẽ phân tích") || shown.contains("cụm là"), "expected precision: {shown}");
        assert_eq!(submit(&service, &browser, &here, &[("act", "seed"), ("seed", "hôm nay")]).status, 303);
        assert!(text(&page(&service, Some(&browser), &here)).contains("không phải số nguyên"));
        assert_eq!(submit(&service, &browser, &here, &[("act", "seed"), ("seed", "20260401")]).status, 303);
        let shown = text(&page(&service, Some(&browser), &here));
        assert!(shown.contains("180 đơn vị chính thức và 60 dự phòng"), "{shown}");
        let sha256 = shown.split("name=\"list_sha256\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a hash").to_owned();

        // Not without a word, not another list than the one that was seen.
        let silent = submit(&service, &browser, &here, &[("act", "confirm"), ("list_sha256", &sha256)]);
        assert!(silent.status == 200 && text(&silent).contains("role=\"alert\""));
        let other = submit(&service, &browser, &here, &[("act", "confirm"), ("confirmed", "yes"), ("list_sha256", "0")]);
        assert!(other.status == 200 && text(&other).contains("role=\"alert\""));
        let find = |code: &str| service.store.read(|snapshot| snapshot.find_sample(code)).expect("read");
        assert!(find("bac-giang-2026").is_none());
        let confirmed = submit(&service, &browser, &here, &[("act", "confirm"), ("confirmed", "yes"), ("list_sha256", &sha256)]);
        assert!(confirmed.status == 303 && confirmed.headers["location"].starts_with("/rounds/bac-giang-2026/design"), "{}", text(&confirmed));
        let sample = find("bac-giang-2026").expect("drawn");
        assert_eq!(sample.list_sha256, sha256);
        assert!(sample.design.is_some_and(|text| text.contains("papi-3x2x2x20-changed")));
        assert_eq!(page(&service, Some(&browser), &here).status, 404, "the draft is gone");
        let acts = service.store.read(|snapshot| snapshot.list_audit_events(0, 10_000)).expect("read");
        assert!(acts.iter().any(|event| event.act == "round.created" && event.object == "bac-giang-2026" && event.actor == "quan-tri"));
    }

    fn a_questionnaire_is_handed_in_looked_at_and_published(database: &TestDatabase) {
        let service = TestService::start(database);
        service.person("dieu-phoi", Role::Coordinator, Some(ROUND));
        service.person("phan-tich", Role::Analyst, Some(ROUND));
        let browser = service.session("dieu-phoi");
        let here = format!("/rounds/{ROUND}/questionnaire");
        let shown = text(&page(&service, Some(&browser), &here));
        assert!(shown.contains("papi-2019") && shown.contains("multipart/form-data"), "{shown}");
        assert!(!text(&page(&service, Some(&service.session("phan-tich")), &here)).contains("multipart/form-data"));
        let survey = "type,name,label,relevant\nselect_one yes_no,consent,Đồng ý?,\ntext,a,A,${khong_co} = '1'\ntext,a,A lần nữa,\n";
        let mut files = sheets("them", "1");
        let of = |files: &std::collections::BTreeMap<String, String>| -> Vec<(&'static str, String, Vec<u8>)> {
            files.iter().map(|(name, text)| ("file", name.clone(), text.clone().into_bytes())).collect()
        };
        let send = |files: &[(&'static str, String, Vec<u8>)]| {
            let files: Vec<(&str, &str, &[u8])> = files.iter().map(|(field, name, bytes)| (*field, name.as_str(), bytes.as_slice())).collect();
            hand_in(&service, &browser, &here, &[("act", "check")], &files)
        };
        files.insert("survey.csv".to_owned(), survey.to_owned());
        let refused = send(&of(&files));
        let told = text(&refused);
        assert!(refused.status == 200 && told.contains("Cần sửa trong tệp") && told.contains("khong_co"), "{told}");
        assert!(told.contains("<td class=\"number\">3</td>") && told.contains("<td class=\"number\">4</td>"), "both rows at once: {told}");
        assert!(!told.contains("Bản nháp:"), "nothing was kept");

        let good = send(&of(&sheets("them", "1")));
        assert_eq!(good.status, 303, "{}", text(&good));
        let shown = text(&page(&service, Some(&browser), &here));
        assert!(shown.contains("Bản nháp:") && shown.contains("Đồng ý?"), "{shown}");
        let draft = shown.split("name=\"draft\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a draft").to_owned();
        let versions = || service.store.read(|snapshot| snapshot.list_round_questionnaires(ROUND)).expect("read").len();
        assert_eq!(versions(), 1);
        let silent = submit(&service, &browser, &here, &[("act", "publish"), ("draft", &draft)]);
        assert!(silent.status == 200 && text(&silent).contains("role=\"alert\""));
        assert_eq!(submit(&service, &browser, &here, &[("act", "publish"), ("draft", &draft), ("confirmed", "yes")]).status, 303);
        assert_eq!(versions(), 2);
        let again = submit(&service, &browser, &here, &[("act", "publish"), ("draft", &draft), ("confirmed", "yes")]);
        assert!(text(&again).contains("không còn bản nháp này"), "{}", text(&again));
        // A template is a draft as well, and can be thrown away.
        assert_eq!(submit(&service, &browser, &here, &[("act", "check"), ("template", "sipas-2023")]).status, 303);
        let shown = text(&page(&service, Some(&browser), &here));
        assert!(shown.contains("Có cách tính điểm"), "{shown}");
        let draft = shown.split("name=\"draft\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a draft").to_owned();
        assert_eq!(submit(&service, &browser, &here, &[("act", "drop"), ("draft", &draft)]).status, 303);
        assert!(!text(&page(&service, Some(&browser), &here)).contains("Bản nháp:"));
        // What is no questionnaire at all, and what is too large.
        let picture = send(&[("file", "anh.png".to_owned(), vec![0xFF, 0xD8, 0xFF])]);
        assert!(text(&picture).contains("không phải là văn bản UTF-8"), "{}", text(&picture));
        let large = send(&[("file", "to.csv".to_owned(), vec![b'x'; 21 * 1024 * 1024])]);
        assert_eq!(large.status, 413);
        // A form with files without the session's token is forged.
        let mut stranger = service.session("dieu-phoi");
        stranger.csrf = "0".repeat(64);
        let forged = hand_in(&service, &stranger, &here, &[("act", "check")], &[("file", "survey.csv", b"type,name\n")]);
        assert_eq!(forged.status, 403);
    }
}
