//! Passwords: the rules, the slow hash, and the queue before it.
//!
//! argon2id with 19 MiB, two passes, one lane (OWASP's minimum); the parameters stand in each hash, so they can be raised.
//! Hashing is expensive on purpose, therefore at most one runs at a time and few wait: signing in must not starve the field.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ::problem::{Problem, Problems};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use rand::TryRng;
use unicode_normalization::UnicodeNormalization;

/// Memory in KiB, passes, lanes.
const PARAMETERS: (u32, u32, u32) = (19 * 1024, 2, 1);
/// Shortest and longest password, in characters.
const CHARS: std::ops::RangeInclusive<usize> = 12..=128;
/// So many may wait for the hash; further ones are told to come again.
const WAITING_MAX: usize = 32;
/// Separates the hashes of activation codes from all others. A code has no salt of its own: it is found by its hash.
const CODE_SALT: &[u8] = b"khaosat activation code v1";
/// Nobody's password; verified against where there is no account, so that both take the same time.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Beginnings that are tried first. A password made of one of them and digits or signs is refused; so is one that repeats
/// a few characters.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "p@ssw0rd",
    "qwertyuiop",
    "qwerty",
    "asdfghjkl",
    "zxcvbnm",
    "iloveyou",
    "letmein",
    "welcome",
    "administrator",
    "admin",
    "abcdefghijkl",
    "abcdef",
    "abc",
    "matkhau",
    "mậtkhẩu",
    "khaosat",
    "khảosát",
    "vietnam",
    "việtnam",
    "hanoi",
    "hànội",
    "saigon",
    "bacgiang",
    "bắcgiang",
    "bacninh",
    "bắcninh",
    "sonoivu",
    "sởnộivụ",
    "anhyeuem",
    "emyeuanh",
    "yeuem",
    "maiyeuem",
    "khongbiet",
    "khôngbiết",
    "chaomung",
    "xinchao",
    "thaydoi",
    "papi",
    "sipas",
    "cchc",
    "123456789",
    "987654321",
    "1234567890",
    "0123456789",
    "qazwsx",
    "1q2w3e4r5t6y",
    "1qaz2wsx",
    "monkey",
    "dragon",
    "football",
    "changeme",
    "default",
    "secret",
];

/// Why no hash was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashFailure {
    /// Too many wait.
    Busy,
    /// The operating system gave no randomness, or the hash itself failed.
    Failed,
}

/// The place where passwords are hashed, one after the other.
#[derive(Debug, Default)]
pub struct PasswordRoom {
    turn: Mutex<()>,
    waiting: AtomicUsize,
}

impl PasswordRoom {
    fn in_turn<T>(&self, work: impl FnOnce() -> Result<T, HashFailure>) -> Result<T, HashFailure> {
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= WAITING_MAX {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            return Err(HashFailure::Busy);
        }
        let done = {
            // There is nothing behind the lock that a panic could leave half done.
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            work()
        };
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        done
    }

    /// The hash of a password, in PHC form, with a new salt.
    ///
    /// # Errors
    /// That too many wait, or that there is no randomness.
    pub fn hash(&self, password: &str) -> Result<String, HashFailure> {
        let mut salt = [0_u8; 16];
        rand::rngs::SysRng.try_fill_bytes(&mut salt).map_err(|_none| HashFailure::Failed)?;
        let password = normal(password);
        self.in_turn(|| {
            let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|_inner| HashFailure::Failed)
        })
    }

    /// Whether a password is the one of a hash. Without a hash it never is, and that takes as long.
    ///
    /// # Errors
    /// That too many wait.
    pub fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, HashFailure> {
        let password = normal(password);
        self.in_turn(|| {
            let matches = argon2()?.verify_password(password.as_bytes(), hash.unwrap_or(NOBODY)).is_ok();
            Ok(matches && hash.is_some())
        })
    }

    /// The slow hash under which an activation code is kept; always the same for the same code.
    ///
    /// # Errors
    /// That too many wait.
    pub fn hash_code(&self, code: &str) -> Result<String, HashFailure> {
        self.in_turn(|| {
            let mut out = [0_u8; 32];
            argon2()?.hash_password_into(code.as_bytes(), CODE_SALT, &mut out).map_err(|_inner| HashFailure::Failed)?;
            Ok(crate::secret::sha256_hex(&out))
        })
    }
}

fn argon2() -> Result<Argon2<'static>, HashFailure> {
    let (memory, passes, lanes) = PARAMETERS;
    let parameters = Params::new(memory, passes, lanes, None).map_err(|_inner| HashFailure::Failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

/// The same letters typed on two keyboards are one password. A paste far beyond the longest is cut before it costs anything.
fn normal(password: &str) -> String {
    password.chars().take(2 * CHARS.end()).nfc().collect()
}

/// Whether a password may be chosen by somebody of this login.
///
/// # Errors
/// Everything that is wrong with it.
pub fn check(password: &str, login: &str) -> Result<(), Problems> {
    let password = normal(password);
    let mut problems = Problems::none();
    let n = password.chars().count();
    if !CHARS.contains(&n) {
        problems.push(
            Problem::new("password_length", "mật khẩu quá ngắn hoặc quá dài", "the password is too short or too long")
                .expected(format!("{}–{}", CHARS.start(), CHARS.end()))
                .got(n.to_string())
                .hint(
                    "một câu dài dễ nhớ là tốt nhất, ví dụ bốn năm từ không liên quan",
                    "a phrase is best: four or five words that have nothing to do with each other",
                ),
        );
    }
    let plain: String = password.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let letters = plain.trim_matches(|c: char| !c.is_alphabetic());
    let distinct: std::collections::BTreeSet<char> = plain.chars().collect();
    let is_common = COMMON.iter().any(|word| plain.replace(word, "").chars().all(|c| !c.is_alphabetic()))
        || (!login.is_empty() && letters == login.to_lowercase())
        || distinct.len() < 5;
    if is_common {
        problems.push(Problem::new(
            "password_common",
            "mật khẩu này nằm trong số những mật khẩu bị thử đầu tiên",
            "this password is among the first that are tried",
        ));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_holds_its_parameters_and_knows_its_password() {
        let room = PasswordRoom::default();
        let hash = room.hash("ngựa đúng pin ghim").expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(room.verify("ngựa đúng pin ghim", Some(&hash)), Ok(true));
        let decomposed: String = "ngựa đúng pin ghim".nfd().collect();
        assert_eq!(room.verify(&decomposed, Some(&hash)), Ok(true), "another keyboard");
        assert_eq!(room.verify("ngựa đúng pin ghi", Some(&hash)), Ok(false));
        assert_eq!(room.verify("", None), Ok(false));
        assert_ne!(room.hash("ngựa đúng pin ghim").expect("hashed"), hash, "each has its own salt");
    }

    #[test]
    fn a_code_has_one_hash_and_another_code_another() {
        let room = PasswordRoom::default();
        let hash = room.hash_code("K7QM3XTD").expect("hashed");
        assert_eq!(hash.len(), 64);
        assert_eq!(room.hash_code("K7QM3XTD").expect("hashed"), hash);
        assert_ne!(room.hash_code("K7QM3XTE").expect("hashed"), hash);
    }

    #[test]
    fn when_too_many_wait_the_next_is_sent_away() {
        let room = PasswordRoom::default();
        room.waiting.store(WAITING_MAX, Ordering::Release);
        assert_eq!(room.hash("x"), Err(HashFailure::Busy));
        assert_eq!(room.waiting.load(Ordering::Acquire), WAITING_MAX);
    }

    #[test]
    fn short_common_and_own_names_are_refused() {
        for bad in [
            "short",
            "passwordpassword",
            "password2026!",
            "Mật khẩu 123456",
            "aaaaaaaaaaaaaaa",
            "123456789012",
            "vietnam2026!!!",
            "",
        ] {
            assert!(check(bad, "lan").is_err(), "{bad}");
        }
        assert!(check("nguyenthilan2026", "nguyenthilan").is_err());
        assert!(check(&"ă".repeat(129), "lan").is_err());
        for good in ["trâu vàng ăn cỏ bên sông", "correct horse battery", "xK9$mQ2#vL7p"] {
            assert!(check(good, "lan").is_ok(), "{good}");
        }
    }
}
