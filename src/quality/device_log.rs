//! The two logs that devices send: ODK Collect's `audit.csv` and the log of our own client. Both are read as they are; what a log
//! does not say stays unsaid.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::data::{LogEvent, LogKind, Position};

/// More lines than an interview has; the rest of a longer log is not looked at.
const EVENTS_MAX: usize = 50_000;

/// What a device logged of one interview.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceLog {
    /// The events, in the order of the log.
    pub events: Vec<LogEvent>,
    /// The first position in the log.
    pub position: Option<Position>,
    /// Server's clock minus device's clock, where it was measured.
    pub clock_offset_ms: Option<i64>,
}

/// Reads Collect's `audit.csv`: columns by their headings, in whatever order. `None` where it has no column `event` or `start`.
///
/// # Source
/// ODK, *Logging enumerator behavior* (form audit log): `event,node,start,end[,latitude,longitude,accuracy][,old-value,new-value]…`,
/// instants in milliseconds since 1970.
///
/// # Limits
/// Changes are known only where the form tracks them; of a change the log says that it happened while the question was shown.
#[must_use]
pub fn from_audit_csv(bytes: &[u8]) -> Option<DeviceLog> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let headings = reader.byte_headers().ok()?.clone();
    let column = |name: &str| headings.iter().position(|heading| heading.trim_ascii() == name.as_bytes());
    let (event, start) = (column("event")?, column("start")?);
    let end = column("end");
    let (old, new) = (column("old-value"), column("new-value"));
    let place = [column("latitude"), column("longitude"), column("accuracy")];
    let mut log = DeviceLog::default();
    for record in reader.byte_records().take(EVENTS_MAX) {
        // A line that is torn ends what can be relied on.
        let Ok(record) = record else { break };
        let text = |at: Option<usize>| {
            let cell = std::str::from_utf8(record.get(at?)?).ok()?.trim();
            (!cell.is_empty()).then_some(cell)
        };
        let (Some(name), Some(start_ms)) = (text(Some(event)), text(Some(start)).and_then(|cell| cell.parse().ok()))
        else {
            continue;
        };
        let kind = match name {
            "question" | "group questions" => LogKind::Question,
            "form finalize" => LogKind::Finish,
            _ => LogKind::Other,
        };
        let end_ms: Option<i64> = text(end).and_then(|cell| cell.parse().ok());
        log.events.push(LogEvent { kind, start_ms, end_ms });
        if kind == LogKind::Question && text(old) != text(new) {
            let at = end_ms.unwrap_or(start_ms);
            log.events.push(LogEvent { kind: LogKind::Change, start_ms: at, end_ms: None });
        }
        if log.position.is_none() {
            log.position = position(place.map(|at| text(at).and_then(|cell| cell.parse().ok())));
        }
    }
    Some(log)
}

/// The log of our own client (`khaosat-field-1`) as it stands in a body: a question's stay is from `enter` to the next `leave`, `enter`,
/// `pause` or end. Read straight from the bytes, for a round has millions of such lines; whatever is no such log is read over.
#[derive(Debug, Default, PartialEq)]
pub struct FieldLog(pub Option<DeviceLog>);

impl<'de> Deserialize<'de> for FieldLog {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Shape::Log { is_ours: true, clock_offset_ms, events: Some(events) } = Shape::deserialize(deserializer)?
        else {
            return Ok(Self(None));
        };
        let mut log = DeviceLog { clock_offset_ms, ..DeviceLog::default() };
        // The question that is on the screen: a position in the events.
        let mut shown: Option<usize> = None;
        for entry in events.into_iter().take(EVENTS_MAX) {
            let Shape::Entry(ms, what) = entry else { continue };
            let kind = match what {
                Word::Enter => LogKind::Question,
                Word::Change => LogKind::Change,
                Word::Finish => LogKind::Finish,
                _ => LogKind::Other,
            };
            // What follows after a reopening says nothing of how long the last question before it was looked at.
            let ends_stay = matches!(what, Word::Enter | Word::Leave | Word::Pause | Word::Finish | Word::Jump);
            if let Some(at) = shown.filter(|_| ends_stay || what == Word::Open) {
                if ends_stay {
                    log.events[at].end_ms = Some(ms);
                }
                shown = None;
            }
            if what == Word::Leave {
                continue;
            }
            log.events.push(LogEvent { kind, start_ms: ms, end_ms: None });
            if kind == LogKind::Question {
                shown = Some(log.events.len() - 1);
            }
        }
        Ok(Self(Some(log)))
    }
}

/// The words of the log that mean something here.
#[derive(Clone, Copy, PartialEq)]
enum Word {
    Enter,
    Leave,
    Change,
    Finish,
    Pause,
    Jump,
    Open,
    Format,
    Other,
}

/// Any JSON, of which only what a log is made of is kept.
enum Shape {
    Number(i64),
    Word(Word),
    /// A list that begins with a number and a word.
    Entry(i64, Word),
    List(Vec<Shape>),
    Log {
        is_ours: bool,
        clock_offset_ms: Option<i64>,
        events: Option<Vec<Shape>>,
    },
    Other,
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a device's log")
    }

    fn visit_i64<E>(self, number: i64) -> Result<Shape, E> {
        Ok(Shape::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Shape, E> {
        Ok(i64::try_from(number).map_or(Shape::Other, Shape::Number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Shape, E> {
        Ok(if number.is_finite() { Shape::Number(number as i64) } else { Shape::Other })
    }

    fn visit_str<E>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape::Word(match text {
            "enter" => Word::Enter,
            "leave" => Word::Leave,
            "change" => Word::Change,
            "finish" | "broken_off" => Word::Finish,
            "pause" => Word::Pause,
            "jump" => Word::Jump,
            "open" => Word::Open,
            "khaosat-field-1" => Word::Format,
            _ => Word::Other,
        }))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Shape, A::Error> {
        let Some(first) = list.next_element()? else { return Ok(Shape::List(Vec::new())) };
        let Some(second) = list.next_element()? else { return Ok(Shape::List(vec![first])) };
        if let (Shape::Number(ms), Shape::Word(what)) = (&first, &second) {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Shape::Entry(*ms, *what));
        }
        let mut all = vec![first, second];
        while let Some(next) = list.next_element()? {
            all.push(next);
        }
        Ok(Shape::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let (mut is_ours, mut clock_offset_ms, mut events) = (false, None, None);
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            match (&*key, map.next_value()?) {
                ("format", value) => is_ours = matches!(value, Shape::Word(Word::Format)),
                ("clock_offset_ms", Shape::Number(ms)) => clock_offset_ms = Some(ms),
                ("events", Shape::List(list)) => events = Some(list),
                _ => {}
            }
        }
        Ok(Shape::Log { is_ours, clock_offset_ms, events })
    }
}

/// A position out of latitude, longitude and accuracy; nothing where one is missing or no degree.
pub(super) fn position([latitude, longitude, accuracy]: [Option<f64>; 3]) -> Option<Position> {
    let latitude = latitude.filter(|degrees| (-90.0..=90.0).contains(degrees))?;
    let longitude = longitude.filter(|degrees| (-180.0..=180.0).contains(degrees))?;
    let accuracy = accuracy.filter(|metres| metres.is_finite() && *metres >= 0.0);
    Some(Position {
        latitude_degrees: latitude,
        longitude_degrees: longitude,
        accuracy_metres: accuracy,
        is_mock: false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(paradata: serde_json::Value) -> Option<DeviceLog> {
        serde_json::from_value::<FieldLog>(paradata).expect("whatever it is, it is read").0
    }

    const AUDIT: &str = "event,node,start,end,latitude,longitude,accuracy,old-value,new-value\n\
        form start,,1000,,,,,,\n\
        question,/data/sec/a,1010,3010,21.27,106.19,4.5,,1\n\
        question,/data/sec/b,3010,5010,21.28,106.19,4.5,2,2\n\
        form finalize,,5020,,,,,,\n\
        question,/data/sec/a,9000,9500,,,,1,2\n";

    #[test]
    fn collects_log_is_read_by_its_headings() {
        let log = from_audit_csv(AUDIT.as_bytes()).expect("a log");
        let kinds: Vec<LogKind> = log.events.iter().map(|event| event.kind).collect();
        use LogKind::{Change, Finish, Other, Question};
        assert_eq!(kinds, [Other, Question, Change, Question, Finish, Question, Change]);
        assert_eq!((log.events[1].start_ms, log.events[1].end_ms), (1010, Some(3010)));
        assert_eq!(log.position.map(|one| (one.latitude_degrees, one.accuracy_metres)), Some((21.27, Some(4.5))));
        let short = from_audit_csv(b"start,event\n5,question\n").expect("a log without the optional columns");
        assert_eq!((short.events.len(), short.events[0].start_ms), (1, 5));
    }

    #[test]
    fn what_is_no_log_is_none_and_a_torn_one_is_read_up_to_there() {
        for bytes in [b"".as_slice(), b"a,b\n1,2\n", &[0xff, 0xfe, 0x00]] {
            assert_eq!(from_audit_csv(bytes), None);
        }
        let torn =
            from_audit_csv(b"event,node,start,end\nquestion,/a,1,2\nquestion,/b,x,3\nquestion,/c,4\n").expect("a log");
        assert_eq!(torn.events.len(), 2, "a line without a start is left out, one without an end is kept");
        let wild = from_audit_csv(b"event,start,latitude,longitude,accuracy\nx,1,91,0,1\nx,2,nan,0,1\nx,3,21,106,-1\n")
            .expect("a log");
        assert_eq!(wild.position.map(|one| one.accuracy_metres), Some(None));
    }

    #[test]
    fn our_own_log_gives_stays_changes_and_the_offset() {
        let log = field(json!({
            "format": "khaosat-field-1", "clock_offset_ms": -700, "events": [
                [0, "open", null], [5, "enter", "a"], [900, "change", "a"], [2005, "leave", "a"], [2006, "enter", "b"],
                [5000, "pause", null], [90_000, "open", null], [90_001, "enter", "b"], [95_000, "finish", null], ["x"], 7,
            ],
        }))
        .expect("a log");
        assert_eq!(log.clock_offset_ms, Some(-700));
        let stays: Vec<(i64, i64)> = log
            .events
            .iter()
            .filter(|event| event.kind == LogKind::Question)
            .map(|event| (event.start_ms, event.end_ms.unwrap_or(-1) - event.start_ms))
            .collect();
        assert_eq!(stays, [(5, 2000), (2006, 2994), (90_001, 4999)], "the pause is no stay");
        assert_eq!(log.events.iter().filter(|event| event.kind == LogKind::Change).count(), 1);
    }

    #[test]
    fn a_crash_ends_no_stay() {
        let log = field(json!({"format": "khaosat-field-1", "events": [[0, "enter", "a"], [9_000_000, "open", null], [9_000_001, "enter", "a"], [9_000_900, "leave", "a"]]}))
            .expect("a log");
        let ends: Vec<Option<i64>> =
            log.events.iter().filter(|one| one.kind == LogKind::Question).map(|one| one.end_ms).collect();
        assert_eq!(ends, [None, Some(9_000_900)]);
        for other in [
            json!(null),
            json!({"format": "x", "events": []}),
            json!({"format": "khaosat-field-1"}),
            json!({"format": "khaosat-field-1", "events": {"a": [1, "enter"]}}),
            json!({"format": "khaosat-field-1", "events": [7, "enter"]}),
            json!([true, 1.5, "x", {"events": [[]]}]),
        ] {
            assert_eq!(field(other), None);
        }
    }
}
