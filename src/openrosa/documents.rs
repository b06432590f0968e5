//! The XML documents of the protocol. Element names, namespaces and their order are what Collect checks.

use super::escape;

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A form as the list names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedForm {
    /// The form, the same in all its versions.
    pub form_id: String,
    /// Its title.
    pub name: String,
    /// Its version.
    pub version: String,
    /// MD5 of the bytes at `download_url`.
    pub md5: String,
    /// What it is about, for a list that was asked for with `verbose`.
    pub description: Option<String>,
    /// Where the form is, absolute.
    pub download_url: String,
    /// Where its manifest is, absolute; absent where it has no files.
    pub manifest_url: Option<String>,
}

/// The list of forms.
#[must_use]
pub fn form_list(forms: &[ListedForm]) -> String {
    let mut xml = format!("{DECLARATION}<xforms xmlns=\"http://openrosa.org/xforms/xformsList\">");
    for form in forms {
        xml.push_str("\n  <xform>");
        element(&mut xml, "formID", &form.form_id);
        element(&mut xml, "name", if form.name.is_empty() { &form.form_id } else { &form.name });
        element(&mut xml, "version", &form.version);
        element(&mut xml, "hash", &format!("md5:{}", form.md5));
        if let Some(description) = &form.description {
            element(&mut xml, "descriptionText", description);
        }
        element(&mut xml, "downloadUrl", &form.download_url);
        if let Some(manifest_url) = &form.manifest_url {
            element(&mut xml, "manifestUrl", manifest_url);
        }
        xml.push_str("\n  </xform>");
    }
    xml.push_str("\n</xforms>\n");
    xml
}

/// A file that a form needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaFile {
    /// Its name.
    pub file_name: String,
    /// MD5 of its bytes.
    pub md5: String,
    /// Where it is, absolute.
    pub download_url: String,
}

/// The files of a form.
#[must_use]
pub fn manifest(files: &[MediaFile]) -> String {
    let mut xml = format!("{DECLARATION}<manifest xmlns=\"http://openrosa.org/xforms/xformsManifest\">");
    for file in files {
        xml.push_str("\n  <mediaFile>");
        element(&mut xml, "filename", &file.file_name);
        element(&mut xml, "hash", &format!("md5:{}", file.md5));
        element(&mut xml, "downloadUrl", &file.download_url);
        xml.push_str("\n  </mediaFile>");
    }
    xml.push_str("\n</manifest>\n");
    xml
}

/// What a phone may rely on: these bytes are on our disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionReceipt {
    /// The form.
    pub form_id: String,
    /// Its version, as the submission says.
    pub version: String,
    /// The instance, as the submission says.
    pub instance_id: String,
    /// When it first arrived, by the server's clock.
    pub received_at: String,
    /// SHA-256 of the XML that is kept.
    pub sha256: String,
    /// Order of arrival at the server.
    pub sequence: i64,
}

/// The answer to a submission that is kept: a sentence for the enumerator, and the receipt.
#[must_use]
pub fn kept(message: &str, receipt: &SubmissionReceipt) -> String {
    let mut xml = response_start();
    xml.push_str(&format!("<message nature=\"submit_success\">{}</message>\n", escape(message)));
    xml.push_str("<submissionMetadata xmlns=\"http://www.opendatakit.org/xforms\"");
    for (name, value) in [
        ("id", receipt.form_id.as_str()),
        ("version", &receipt.version),
        ("instanceID", &receipt.instance_id),
        ("submissionDate", &receipt.received_at),
        ("sha256", &receipt.sha256),
        ("sequence", &receipt.sequence.to_string()),
    ] {
        xml.push_str(&format!(" {name}=\"{}\"", escape(value)));
    }
    xml.push_str("/>\n</OpenRosaResponse>\n");
    xml
}

/// The answer where something failed.
#[must_use]
pub fn failure(message: &str) -> String {
    format!("{}<message nature=\"error\">{}</message>\n</OpenRosaResponse>\n", response_start(), escape(message))
}

fn response_start() -> String {
    format!("{DECLARATION}<OpenRosaResponse xmlns=\"http://openrosa.org/http/response\" items=\"0\">\n")
}

fn element(xml: &mut String, name: &str, text: &str) {
    xml.push_str(&format!("\n    <{name}>{}</{name}>", escape(text)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(xml: &str) -> roxmltree::Document<'_> {
        roxmltree::Document::parse(xml).expect("well-formed")
    }

    #[test]
    fn a_list_says_what_collect_looks_for() {
        let form = ListedForm {
            form_id: "papi <1>".to_owned(),
            name: String::new(),
            version: "1".to_owned(),
            md5: "0".repeat(32),
            description: None,
            download_url: "https://h/a?b=1&c=2".to_owned(),
            manifest_url: None,
        };
        let xml = form_list(std::slice::from_ref(&form));
        let document = parsed(&xml);
        let root = document.root_element();
        assert_eq!(
            (root.tag_name().name(), root.tag_name().namespace()),
            ("xforms", Some("http://openrosa.org/xforms/xformsList"))
        );
        let text = |name: &str| {
            root.descendants().find(|node| node.has_tag_name(("http://openrosa.org/xforms/xformsList", name)))?.text()
        };
        assert_eq!(text("formID"), Some("papi <1>"));
        assert_eq!(text("name"), Some("papi <1>"), "an empty name makes Collect drop the whole list");
        assert_eq!(text("hash"), Some(format!("md5:{}", "0".repeat(32)).as_str()));
        assert_eq!(text("downloadUrl"), Some("https://h/a?b=1&c=2"));
        assert_eq!(text("manifestUrl"), None, "only where there are files");
        assert_eq!(parsed(&form_list(&[])).root_element().children().filter(|node| node.is_element()).count(), 0);
    }

    #[test]
    fn a_failure_has_its_sentence() {
        let xml = failure("Mã <sai> & hết hạn");
        let document = parsed(&xml);
        let message = document.descendants().find(|node| node.tag_name().name() == "message").expect("a message");
        assert_eq!((message.text(), message.attribute("nature")), (Some("Mã <sai> & hết hạn"), Some("error")));
    }
}
