//! The tables of `migrations/`, once for both databases. What each column means is written there.
//!
//! A test compares these declarations with the migrated database, so that they cannot drift apart.

diesel::table! {
    survey_round (code) {
        code -> Text,
        name -> Text,
        state -> Text,
        visibility -> Text,
        created_at -> Text,
    }
}

diesel::table! {
    round_geography (round_code) {
        round_code -> Text,
        version -> Text,
        seen_on -> Text,
        unit -> Text,
    }
}

diesel::table! {
    questionnaire_version (sha256) {
        sha256 -> Text,
        form_id -> Text,
        version -> Text,
        title -> Text,
        sheets -> Binary,
        published_at -> Text,
    }
}

diesel::table! {
    round_questionnaire (round_code, questionnaire_sha256) {
        round_code -> Text,
        questionnaire_sha256 -> Text,
    }
}

diesel::table! {
    sample (round_code) {
        round_code -> Text,
        list_csv -> Binary,
        list_sha256 -> Text,
        design -> Nullable<Text>,
        certificate -> Nullable<Text>,
        stored_at -> Text,
    }
}

diesel::table! {
    access_token (id) {
        id -> Text,
        round_code -> Nullable<Text>,
        name -> Text,
        role -> Text,
        token_sha256 -> Text,
        created_at -> Text,
        expires_at -> Nullable<Text>,
        revoked_at -> Nullable<Text>,
        account_id -> Nullable<Text>,
    }
}

diesel::table! {
    sampled_unit (round_code, case_id) {
        round_code -> Text,
        case_id -> Text,
        list_order -> BigInt,
        area_code -> Text,
        area_name -> Text,
        area_path -> Text,
        role -> Text,
        visiting_order -> BigInt,
        base_weight -> Double,
        inclusion_probability -> Double,
        assigned_account_id -> Nullable<Text>,
    }
}

diesel::table! {
    response (uuid, version_no) {
        uuid -> Text,
        version_no -> BigInt,
        sequence -> BigInt,
        round_code -> Text,
        form_id -> Text,
        questionnaire_sha256 -> Nullable<Text>,
        case_id -> Text,
        disposition -> Text,
        token_id -> Text,
        body -> Binary,
        body_sha256 -> Text,
        received_at -> Text,
        state -> Text,
        format -> Text,
        replaces_uuid -> Nullable<Text>,
        key_id -> Nullable<Text>,
    }
}

diesel::table! {
    response_edit (uuid) {
        uuid -> Text,
        round_code -> Text,
        replaces_uuid -> Text,
    }
}

diesel::table! {
    attachment (uuid, file_name, version_no) {
        uuid -> Text,
        file_name -> Text,
        version_no -> BigInt,
        media_type -> Text,
        body -> Binary,
        body_bytes -> BigInt,
        body_sha256 -> Text,
        received_at -> Text,
        token_id -> Text,
        key_id -> Nullable<Text>,
    }
}

diesel::table! {
    response_flag (uuid, version_no, flag_no) {
        uuid -> Text,
        version_no -> BigInt,
        flag_no -> BigInt,
        code -> Text,
        question -> Nullable<Text>,
        detail -> Text,
        key_id -> Nullable<Text>,
        sealed_detail -> Nullable<Binary>,
    }
}

diesel::table! {
    contact_attempt (uuid, version_no) {
        uuid -> Text,
        version_no -> BigInt,
        sequence -> BigInt,
        round_code -> Text,
        case_id -> Text,
        attempt_no -> BigInt,
        disposition -> Text,
        attempted_at -> Text,
        token_id -> Text,
        body -> Binary,
        body_sha256 -> Text,
        received_at -> Text,
        state -> Text,
        key_id -> Nullable<Text>,
    }
}

diesel::table! {
    replacement (round_code, release_no) {
        round_code -> Text,
        release_no -> BigInt,
        case_id -> Text,
        replaces_case_id -> Text,
        disposition -> Text,
        attempts -> BigInt,
        reason -> Text,
        released_by -> Text,
        released_at -> Text,
    }
}

diesel::table! {
    audit_event (sequence) {
        sequence -> BigInt,
        at -> Text,
        actor -> Text,
        act -> Text,
        object -> Text,
        detail -> Text,
    }
}

diesel::table! {
    audit_seal (seal_no) {
        seal_no -> BigInt,
        last_sequence -> BigInt,
        n_lines -> BigInt,
        sealed_at -> Text,
        chain_sha256 -> Text,
    }
}

diesel::table! {
    sequence_counter (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::joinable!(round_questionnaire -> questionnaire_version (questionnaire_sha256));
diesel::allow_tables_to_appear_in_same_query!(round_questionnaire, questionnaire_version);
diesel::allow_tables_to_appear_in_same_query!(response, response_flag);
diesel::allow_tables_to_appear_in_same_query!(response, response_edit);
diesel::allow_tables_to_appear_in_same_query!(response, review);
diesel::allow_tables_to_appear_in_same_query!(response, attachment);
diesel::allow_tables_to_appear_in_same_query!(response, respondent_key);
diesel::allow_tables_to_appear_in_same_query!(contact_attempt, respondent_key);
diesel::allow_tables_to_appear_in_same_query!(attachment, respondent_key);
diesel::allow_tables_to_appear_in_same_query!(review, respondent_key);
diesel::allow_tables_to_appear_in_same_query!(sampled_unit, access_token);
diesel::allow_tables_to_appear_in_same_query!(plan_evidence, plan_report);

diesel::table! {
    plan_table (sequence) {
        sequence -> BigInt,
        kind -> Text,
        body -> Binary,
        body_sha256 -> Text,
        imported_at -> Text,
        imported_by -> Text,
    }
}

diesel::table! {
    plan_report (sequence) {
        sequence -> BigInt,
        kind -> Text,
        subject -> Text,
        period -> Text,
        agency -> Text,
        content -> Text,
        note -> Text,
        reported_at -> Text,
        reported_by -> Text,
    }
}

diesel::table! {
    plan_evidence (report_sequence, evidence_no) {
        report_sequence -> BigInt,
        evidence_no -> BigInt,
        file_name -> Text,
        media_type -> Text,
        body -> Binary,
        body_sha256 -> Text,
    }
}

diesel::table! {
    account (id) {
        id -> Text,
        login -> Text,
        name -> Text,
        password_hash -> Nullable<Text>,
        created_at -> Text,
        disabled_at -> Nullable<Text>,
    }
}

diesel::table! {
    account_role (account_id, role, scope) {
        account_id -> Text,
        role -> Text,
        scope -> Text,
        round_code -> Nullable<Text>,
        granted_at -> Text,
        granted_by -> Text,
    }
}

diesel::table! {
    session (secret_sha256) {
        secret_sha256 -> Text,
        account_id -> Text,
        started_at -> Text,
        seen_at -> Text,
        ends_at -> Text,
        ended_at -> Nullable<Text>,
    }
}

diesel::table! {
    password_link (secret_sha256) {
        secret_sha256 -> Text,
        account_id -> Text,
        made_at -> Text,
        made_by -> Text,
        expires_at -> Text,
        used_at -> Nullable<Text>,
    }
}

diesel::table! {
    guess (subject) {
        subject -> Text,
        n_failed -> BigInt,
        last_tried_at -> Text,
        closed_until -> Text,
    }
}

diesel::table! {
    activation_code (code_hash) {
        code_hash -> Text,
        account_id -> Text,
        round_code -> Text,
        made_at -> Text,
        made_by -> Text,
        expires_at -> Text,
        used_at -> Nullable<Text>,
        cancelled_at -> Nullable<Text>,
    }
}

diesel::table! {
    device (id) {
        id -> Text,
        token_id -> Text,
        account_id -> Text,
        round_code -> Text,
        name -> Text,
        activated_at -> Text,
        synced_at -> Nullable<Text>,
        n_unsent -> Nullable<BigInt>,
        n_drafts -> Nullable<BigInt>,
        app_version -> Nullable<Text>,
        storage_persisted -> Nullable<Bool>,
        storage_used_bytes -> Nullable<BigInt>,
        storage_quota_bytes -> Nullable<BigInt>,
        clock_offset_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    assignment (round_code, case_id, assignment_no) {
        round_code -> Text,
        case_id -> Text,
        assignment_no -> BigInt,
        account_id -> Nullable<Text>,
        assigned_at -> Text,
        assigned_by -> Text,
    }
}

diesel::table! {
    review (uuid, review_no) {
        uuid -> Text,
        review_no -> BigInt,
        round_code -> Text,
        verdict -> Text,
        comment -> Text,
        question -> Nullable<Text>,
        reviewed_at -> Text,
        reviewed_by -> Text,
        key_id -> Nullable<Text>,
        sealed_comment -> Nullable<Binary>,
    }
}

diesel::table! {
    quality_rules (round_code, rules_no) {
        round_code -> Text,
        rules_no -> BigInt,
        body -> Text,
        set_by -> Text,
        set_at -> Text,
    }
}

diesel::table! {
    report_version (round_code, form_id, version_no) {
        round_code -> Text,
        form_id -> Text,
        version_no -> BigInt,
        body -> Text,
        act -> Text,
        saved_by -> Text,
        saved_at -> Text,
    }
}

diesel::table! {
    report_acceptance (round_code, form_id, slot, act_no) {
        round_code -> Text,
        form_id -> Text,
        slot -> Text,
        act_no -> BigInt,
        sentence_key -> Text,
        sentence -> Text,
        is_accepted -> Bool,
        acted_by -> Text,
        acted_at -> Text,
    }
}

diesel::table! {
    sentence_library (version_no) {
        version_no -> BigInt,
        body -> Text,
        set_by -> Text,
        set_at -> Text,
    }
}

diesel::table! {
    back_check_draw (round_code, draw_no) {
        round_code -> Text,
        draw_no -> BigInt,
        seed_text -> Text,
        share -> Double,
        per_enumerator_min -> BigInt,
        frame_sha256 -> Text,
        drawn_by -> Text,
        drawn_at -> Text,
    }
}

diesel::table! {
    back_check_unit (round_code, case_id) {
        round_code -> Text,
        case_id -> Text,
        draw_no -> BigInt,
        uuid -> Text,
        enumerator -> Text,
        ticket -> Text,
        is_drawn -> Bool,
    }
}

diesel::table! {
    publication (round_code, publication_no) {
        round_code -> Text,
        publication_no -> BigInt,
        document -> Binary,
        document_sha256 -> Text,
        released -> Binary,
        published_by -> Text,
        published_at -> Text,
        withdrawn_by -> Nullable<Text>,
        withdrawn_at -> Nullable<Text>,
    }
}

diesel::table! {
    closing (round_code, closing_no) {
        round_code -> Text,
        closing_no -> BigInt,
        checklist -> Text,
        reason -> Text,
        proposed_by -> Text,
        proposed_at -> Text,
        outcome -> Text,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Text>,
        reopened_by -> Nullable<Text>,
        reopened_at -> Nullable<Text>,
        reopened_reason -> Nullable<Text>,
    }
}

diesel::table! {
    draft (draft_id) {
        draft_id -> Text,
        kind -> Text,
        round_code -> Nullable<Text>,
        settings -> Text,
        file_name -> Nullable<Text>,
        file -> Nullable<Binary>,
        made_by -> Text,
        changed_at -> Text,
    }
}

diesel::table! {
    answer_key (id) {
        id -> BigInt,
        fingerprint -> Text,
        made_at -> Text,
    }
}

diesel::table! {
    respondent_key (round_code, case_id) {
        round_code -> Text,
        case_id -> Text,
        key_id -> Text,
        wrapped_key -> Nullable<Binary>,
        made_at -> Text,
        withdrawn_at -> Nullable<Text>,
        erased_at -> Nullable<Text>,
    }
}

diesel::table! {
    erasure (round_code, case_id) {
        round_code -> Text,
        case_id -> Text,
        requested_on -> Text,
        reason -> Text,
        erased_at -> Text,
        erased_by -> Text,
        n_responses -> BigInt,
        n_attachments -> BigInt,
        n_contact_attempts -> BigInt,
        n_flags -> BigInt,
        n_reviews -> BigInt,
        hashes -> Text,
    }
}

diesel::table! {
    respondent_request (round_code, case_id, request_no) {
        round_code -> Text,
        case_id -> Text,
        request_no -> BigInt,
        kind -> Text,
        requested_on -> Text,
        note -> Text,
        recorded_at -> Text,
        recorded_by -> Text,
        answered_at -> Nullable<Text>,
        answered_by -> Nullable<Text>,
        done_at -> Nullable<Text>,
        done_by -> Nullable<Text>,
    }
}

diesel::table! {
    retention (round_code, retention_no) {
        round_code -> Text,
        retention_no -> BigInt,
        until -> Text,
        set_by -> Text,
        set_at -> Text,
        applied_at -> Nullable<Text>,
    }
}

diesel::joinable!(account_role -> account (account_id));
diesel::joinable!(device -> access_token (token_id));
diesel::table! {
    weights_version (round_code, form_id, version_no) {
        round_code -> Text,
        form_id -> Text,
        version_no -> BigInt,
        name -> Text,
        recipe -> Text,
        recipe_sha256 -> Text,
        weights_sha256 -> Text,
        n_interviews -> BigInt,
        made_by -> Text,
        made_at -> Text,
    }
}

diesel::table! {
    weights_choice (round_code, form_id, choice_no) {
        round_code -> Text,
        form_id -> Text,
        choice_no -> BigInt,
        version_no -> Nullable<BigInt>,
        reason -> Text,
        chosen_by -> Text,
        chosen_at -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(account, account_role);
diesel::allow_tables_to_appear_in_same_query!(device, access_token);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use diesel::prelude::*;
    use diesel::sql_types::Text;
    use diesel::sqlite::Sqlite;

    use super::*;
    use crate::store::{DatabaseUrl, migrate};

    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        name: String,
    }

    /// The columns of a declaration, out of the query that selects them all.
    macro_rules! declared {
        ($($table:ident),+ $(,)?) => {
            vec![$((
                stringify!($table),
                diesel::debug_query::<Sqlite, _>(&$table::table.select($table::all_columns)).to_string(),
            )),+]
        };
    }

    #[test]
    fn the_declarations_are_the_migrated_tables() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("schema.db");
        migrate(&DatabaseUrl::Sqlite(path.clone())).expect("migrated");
        let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("opens");
        let declared = declared![
            survey_round,
            round_geography,
            questionnaire_version,
            round_questionnaire,
            sample,
            access_token,
            sampled_unit,
            response,
            response_flag,
            response_edit,
            attachment,
            contact_attempt,
            replacement,
            audit_event,
            audit_seal,
            sequence_counter,
            plan_table,
            plan_report,
            plan_evidence,
            account,
            account_role,
            session,
            password_link,
            guess,
            activation_code,
            device,
            assignment,
            review,
            quality_rules,
            report_version,
            report_acceptance,
            sentence_library,
            back_check_draw,
            back_check_unit,
            publication,
            closing,
            draft,
            weights_version,
            weights_choice,
            answer_key,
            respondent_key,
            erasure,
            respondent_request,
            retention,
        ];
        let tables: Vec<Name> = diesel::sql_query(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'",
        )
        .load(&mut conn)
        .expect("tables");
        assert_eq!(
            tables.into_iter().map(|table| table.name).collect::<BTreeSet<_>>(),
            declared.iter().map(|(table, _)| (*table).to_owned()).collect()
        );
        for (table, query) in declared {
            let columns: Vec<Name> = diesel::sql_query(format!("SELECT name FROM pragma_table_info('{table}')"))
                .load(&mut conn)
                .expect("columns");
            let migrated: BTreeSet<String> =
                columns.into_iter().map(|column| format!("`{table}`.`{}`", column.name)).collect();
            let selected =
                query.strip_prefix("SELECT ").and_then(|rest| rest.split(" FROM ").next()).expect("a select");
            assert_eq!(selected.split(", ").map(str::to_owned).collect::<BTreeSet<_>>(), migrated, "{table}");
        }
    }
}
