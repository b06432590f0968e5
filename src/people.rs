//! What desk and command line do with people alike: names for them, new accounts, one-time links and codes.

use ::problem::{Problem, Problems};
use rand::TryRng;
use unicode_normalization::UnicodeNormalization;

use crate::password::PasswordRoom;
use crate::secret::Secret;
use crate::store::{Account, Grant, NewAccount, NewActivationCode, Role, Snapshot, Store, StoreError, Timestamp};

/// How long a link to set a password works, in hours.
pub const PASSWORD_LINK_HOURS: i64 = 48;
/// How long an activation code works, in hours: a training day and the way to the village.
pub const ACTIVATION_HOURS: i64 = 72;
/// Letters and digits that nobody mistakes for another when read aloud or copied by hand: no 0, O, 1 or I.
pub const CODE_ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Characters of a code: forty bits.
pub const CODE_CHARS: usize = 8;

/// A login as it is kept: NFC, lower case.
///
/// # Errors
/// What is wrong with it.
pub fn login(text: &str) -> Result<String, Problems> {
    let login: String = text.trim().to_lowercase().nfc().collect();
    let is_fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    if (2..=60).contains(&login.chars().count()) && login.chars().all(is_fine) {
        return Ok(login);
    }
    Err(Problem::new("login_invalid", "tên đăng nhập không hợp lệ", "that login cannot be used")
        .expected("2–60: a–z, 0–9, . - _ @")
        .got(text)
        .into())
}

/// A name as it is kept: NFC, one line.
///
/// # Errors
/// What is wrong with it.
pub fn person_name(text: &str) -> Result<String, Problems> {
    let name: String = text.trim().nfc().collect();
    if (1..=120).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(name);
    }
    Err(Problem::new("name_invalid", "họ tên không hợp lệ", "that name cannot be used")
        .expected("1–120")
        .got(text)
        .into())
}

/// That the operating system gives no random numbers.
pub(crate) fn no_randomness(error: &impl std::fmt::Display) -> Problems {
    Problem::new("no_randomness", "hệ điều hành không cấp số ngẫu nhiên", "the operating system gave no randomness")
        .got(error.to_string())
        .into()
}

/// That an enumerator has no round.
pub(crate) fn enumerator_round_missing() -> Problem {
    Problem::new(
        "enumerator_round_missing",
        "điều tra viên phải thuộc về một đợt khảo sát",
        "an enumerator must belong to a round",
    )
    .hint("thêm --round MÃ_ĐỢT", "add --round CODE")
}

/// A new public name: a prefix and twelve random hexadecimal digits.
///
/// # Errors
/// That there is no randomness.
pub fn new_id(prefix: &str) -> Result<String, Problems> {
    let secret = Secret::generate().map_err(|error| no_randomness(&error))?;
    Ok(format!("{prefix}-{}", secret.sha256().get(..12).unwrap_or_default()))
}

/// A new activation code, without the hyphen people see in it.
///
/// # Errors
/// That there is no randomness.
pub fn new_code() -> Result<String, Problems> {
    let mut bytes = [0_u8; CODE_CHARS];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(|error| no_randomness(&error))?;
    // 256 is a multiple of 32: each character is equally likely.
    Ok(bytes.iter().filter_map(|byte| CODE_ALPHABET.get(usize::from(byte % 32))).map(|c| char::from(*c)).collect())
}

/// A code as somebody typed it: case, blanks and hyphens do not matter. `None` for what cannot be a code.
#[must_use]
pub fn typed_code(text: &str) -> Option<String> {
    let code: String =
        text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).take(64).collect();
    let is_code = code.len() == CODE_CHARS && code.bytes().all(|byte| CODE_ALPHABET.contains(&byte));
    is_code.then_some(code)
}

/// A code as people read it: two groups of four.
#[must_use]
pub fn shown_code(code: &str) -> String {
    match code.split_at_checked(CODE_CHARS / 2) {
        Some((first, second)) => format!("{first}-{second}"),
        None => code.to_owned(),
    }
}

/// A person to be stored, with checked login and name and without a password.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn new_account(given_login: &str, given_name: &str, grants: Vec<Grant>) -> Result<NewAccount, Problems> {
    let mut problems = Problems::none();
    let mut keep = |checked: Result<String, Problems>| {
        checked.unwrap_or_else(|found| {
            found.into_iter().for_each(|problem| problems.push(problem));
            String::new()
        })
    };
    let (login, name) = (keep(login(given_login)), keep(person_name(given_name)));
    if grants.iter().any(|grant| grant.role == Role::Enumerator && grant.round_code.is_none()) {
        problems.push(enumerator_round_missing());
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(NewAccount { id: new_id("ac")?, login, name, password_hash: None, grants })
}

/// The enumerator of a round who is meant by a login or the id of an account.
///
/// # Errors
/// Only that the database did not answer.
pub fn find_enumerator(
    snapshot: &mut Snapshot<'_>,
    round_code: &str,
    named: &str,
) -> Result<Option<Account>, StoreError> {
    let found = match snapshot.find_account(named)? {
        Some(account) => Some(account),
        None => match login(named) {
            Ok(login) => snapshot.find_account_by_login(&login)?,
            Err(_no_login) => None,
        },
    };
    Ok(found.filter(|one| one.disabled_at.is_none() && one.holds(&[Role::Enumerator], round_code)))
}

/// An activation code that was just made.
#[derive(Debug)]
pub struct IssuedCode {
    /// The code; this is the only time it is seen.
    pub code: String,
    /// For whom.
    pub enumerator: Account,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// Why no code was made.
#[derive(Debug)]
pub enum CodeRefused {
    /// The round has no such enumerator, or no longer.
    Unknown,
    /// Too many wait for the slow hash.
    Busy,
    /// There is no randomness, or no such day.
    Failed(Problems),
    /// The database did not take it.
    Store(StoreError),
}

/// Makes a one-time activation code for an enumerator of a round; earlier unused ones end.
///
/// # Errors
/// Why there is none.
pub fn issue_code(
    store: &Store,
    passwords: &PasswordRoom,
    actor: &str,
    round_code: &str,
    named: &str,
) -> Result<IssuedCode, CodeRefused> {
    let enumerator = store
        .read(|snapshot| find_enumerator(snapshot, round_code, named))
        .map_err(CodeRefused::Store)?
        .ok_or(CodeRefused::Unknown)?;
    let code = new_code().map_err(CodeRefused::Failed)?;
    let code_hash = passwords.hash_code(&code).map_err(|_full| CodeRefused::Busy)?;
    let expires_at =
        store.now().plus_seconds(ACTIVATION_HOURS * 3_600).ok_or_else(|| CodeRefused::Failed(Problems::none()))?;
    let new = NewActivationCode {
        code_hash,
        account_id: enumerator.id.clone(),
        round_code: round_code.to_owned(),
        expires_at,
    };
    store.write(actor, move |tx| tx.create_activation_code(&new)).map_err(|error| match error {
        StoreError::Missing { .. } => CodeRefused::Unknown,
        other => CodeRefused::Store(other),
    })?;
    Ok(IssuedCode { code, enumerator, expires_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for _ in 0..100 {
            let code = new_code().expect("randomness");
            assert_eq!(code.len(), CODE_CHARS);
            assert_eq!(typed_code(&format!(" {} ", shown_code(&code).to_lowercase())), Some(code));
        }
        for bad in ["", "K7QM3XT", "K7QM3XTD9", "K7QM3XT0", "K7QM3XTĐ"] {
            assert_eq!(typed_code(bad), None, "{bad}");
        }
    }

    #[test]
    fn everything_wrong_with_a_person_is_said_at_once() {
        let grants = vec![Grant { role: Role::Enumerator, round_code: None }];
        let problems = new_account("a b", "", grants).expect_err("three problems");
        assert_eq!(problems.iter().count(), 3);
        let lan = new_account(" Lan.Nguyễn ", "Nguyễn Thị Lan", Vec::new()).expect("a person");
        assert_eq!(lan.login, "lan.nguyễn");
    }
}
