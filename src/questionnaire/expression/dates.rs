//! Calendar days and moments in expressions: ISO texts, days since 1970-01-01, patterns of `format-date`.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::Value;

/// How a moment is written.
pub(super) const MOMENT: &str = "%Y-%m-%dT%H:%M:%S%.3f%:z";
/// Milliseconds of a day.
pub(super) const MILLISECONDS_OF_A_DAY: f64 = 86_400_000.0;

/// `NaiveDate::num_days_from_ce` of 1970-01-01.
const EPOCH_DAYS_FROM_CE: i32 = 719_163;

/// The day written as `yyyy-mm-dd`, ten characters exactly; nothing else is a date.
#[must_use]
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    let shape =
        |(index, byte): (usize, &u8)| if index == 4 || index == 7 { *byte == b'-' } else { byte.is_ascii_digit() };
    if bytes.len() != 10 || !bytes.iter().enumerate().all(shape) {
        return None;
    }
    NaiveDate::from_ymd_opt(text[0..4].parse().ok()?, text[5..7].parse().ok()?, text[8..10].parse().ok()?)
}

/// Days since 1970-01-01.
pub(super) fn days_since_epoch(date: NaiveDate) -> f64 {
    f64::from(date.num_days_from_ce() - EPOCH_DAYS_FROM_CE)
}

/// The day that lies so many days after 1970-01-01, fractions cut off; none outside the years 0 to 9999.
pub(super) fn date_from_days(days: f64) -> Option<NaiveDate> {
    let days = days.floor();
    // Also false for what is not a number.
    if days.abs() < 4_000_000.0 {
        let date = NaiveDate::from_num_days_from_ce_opt(days as i32 + EPOCH_DAYS_FROM_CE)?;
        (0..=9999).contains(&date.year()).then_some(date)
    } else {
        None
    }
}

/// Whether the pattern holds only what [`format_date`] can write.
pub(super) fn is_date_pattern(pattern: &str) -> bool {
    has_marks(pattern, "Yymnde")
}

/// Whether the pattern holds only what [`format_moment`] can write.
pub(super) fn is_moment_pattern(pattern: &str) -> bool {
    has_marks(pattern, "YymndeHhMS3")
}

fn has_marks(pattern: &str, marks: &str) -> bool {
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        if character == '%' && !rest.next().is_some_and(|mark| marks.contains(mark)) {
            return false;
        }
    }
    true
}

/// The date in a pattern: `%Y` year, `%y` its last two digits, `%m` and `%d` two digits, `%n` and `%e` without a zero.
pub(super) fn format_date(date: NaiveDate, pattern: &str) -> String {
    format_moment(date.into(), pattern)
}

/// The moment in a pattern: also `%H` two digits, `%h` without a zero, `%M`, `%S`, `%3` milliseconds.
pub(super) fn format_moment(moment: NaiveDateTime, pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        text.push_str(&match rest.next() {
            Some('Y') => format!("{:04}", moment.year()),
            Some('y') => format!("{:02}", moment.year().rem_euclid(100)),
            Some('m') => format!("{:02}", moment.month()),
            Some('n') => moment.month().to_string(),
            Some('d') => format!("{:02}", moment.day()),
            Some('e') => moment.day().to_string(),
            Some('H') => format!("{:02}", moment.hour()),
            Some('h') => moment.hour().to_string(),
            Some('M') => format!("{:02}", moment.minute()),
            Some('S') => format!("{:02}", moment.second()),
            Some('3') => format!("{:03}", moment.and_utc().timestamp_subsec_millis()),
            other => other.map(String::from).unwrap_or_default(),
        });
    }
    text
}

/// The moment written as `yyyy-mm-ddThh:mm[:ss[.mmm]]` with its zone; nothing else is one.
#[must_use]
pub fn parse_moment(text: &str) -> Option<DateTime<FixedOffset>> {
    let (date, rest) = text.split_once('T')?;
    let (time, zone) = match rest.strip_suffix('Z') {
        Some(time) => (time, "+00:00"),
        None => rest.split_at_checked(rest.rfind(['+', '-'])?)?,
    };
    // Java writes a zone of whole hours with two digits.
    let zone = if zone.len() == 3 { format!("{zone}:00") } else { zone.to_owned() };
    let moment = parse_date(date)?.and_time(parse_clock(time)?);
    let written = format!("{}{zone}", moment.format("%Y-%m-%dT%H:%M:%S%.3f"));
    let moment = DateTime::parse_from_rfc3339(&written).ok()?;
    (0..=9999).contains(&moment.to_utc().year()).then_some(moment)
}

/// The time written as `hh:mm[:ss[.mmm]]`.
fn parse_clock(text: &str) -> Option<NaiveTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = whole.split(':').map(|part| {
        (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<u32>().ok()).flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        None => 0,
        Some(second) => second?,
    };
    let digits = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some() || !digits {
        return None;
    }
    let milliseconds: u32 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    NaiveTime::from_hms_milli_opt(hour, minute, second, milliseconds)
}

/// The time of day, with or without a zone: as the clock on the wall shows it.
#[must_use]
pub(in crate::questionnaire) fn parse_time(text: &str) -> Option<NaiveTime> {
    let clock = text.strip_suffix('Z').unwrap_or(text);
    match clock.find(['+', '-']) {
        None => parse_clock(clock),
        Some(at) => {
            let (time, zone) = clock.split_at_checked(at)?;
            let digits: String = zone.get(1..)?.chars().filter(|character| *character != ':').collect();
            let is_zone = matches!(digits.len(), 2 | 4) && digits.bytes().all(|byte| byte.is_ascii_digit());
            parse_clock(time).filter(|_| is_zone)
        }
    }
}

pub(super) fn to_date(value: &Value) -> Option<NaiveDate> {
    match value {
        Value::Date(date) => Some(*date),
        Value::Moment(moment) => Some(moment.date_naive()),
        // Of a moment such as 2026-11-23T08:00:00+07:00, the day as it was written.
        Value::Text(text) => parse_date(text.split('T').next().unwrap_or_default().trim()),
        Value::Number(days) => date_from_days(*days),
        Value::Boolean(_) => None,
    }
}

/// A moment, a day where no time is written, else the empty text.
pub(super) fn to_moment(value: &Value) -> Value {
    match value {
        Value::Moment(_) | Value::Date(_) => value.clone(),
        Value::Text(text) => match parse_moment(text.trim()) {
            Some(moment) => Value::Moment(moment),
            None => parse_date(text.trim()).map_or_else(Value::empty, Value::Date),
        },
        Value::Number(days) => date_from_days(*days).map_or_else(Value::empty, Value::Date),
        Value::Boolean(_) => Value::empty(),
    }
}

pub(super) fn decimal_time(value: &Value) -> Option<f64> {
    let time = match value {
        Value::Moment(moment) => moment.time(),
        Value::Text(text) => {
            let text = text.trim();
            parse_moment(text).map(|moment| moment.time()).or_else(|| parse_time(text))?
        }
        _ => return None,
    };
    let milliseconds = f64::from(time.num_seconds_from_midnight()) * 1000.0 + f64::from(time.nanosecond() / 1_000_000);
    Some(milliseconds / MILLISECONDS_OF_A_DAY)
}
