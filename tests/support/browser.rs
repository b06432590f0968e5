//! Pages and forms as a browser asks for them and sends them.

use super::service::{Browser, Reply, TestService};

/// What a page says.
pub(crate) fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.bytes).into_owned()
}

/// A page as a browser asks for it.
pub(crate) fn page(service: &TestService, browser: Option<&Browser>, path: &str) -> Reply {
    let mut headers = vec![("Accept", "text/html,application/xhtml+xml")];
    headers.extend(browser.map(|browser| ("Cookie", browser.cookie.as_str())));
    service.client.send("GET", path, None, &headers, b"").expect("a reply")
}

/// A form as a browser sends it.
pub(crate) fn submit(service: &TestService, browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Reply {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let mut form = format!("csrf={}", browser.csrf);
    for (name, value) in fields {
        form.push_str(&format!("&{name}={}", encoded(value)));
    }
    let kind = "application/x-www-form-urlencoded";
    send(service, browser, path, kind, form.as_bytes())
}

/// A form with files: field, name and bytes of each.
pub(crate) fn hand_in(
    service: &TestService,
    browser: &Browser,
    path: &str,
    fields: &[(&str, &str)],
    files: &[(&str, &str, &[u8])],
) -> Reply {
    const BOUNDARY: &str = "----khaosat7731";
    let mut body = Vec::new();
    for (name, value) in [("csrf", browser.csrf.as_str())].iter().chain(fields) {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes(),
        );
    }
    for (field, name, bytes) in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    send(service, browser, path, &format!("multipart/form-data; boundary={BOUNDARY}"), &body)
}

fn send(service: &TestService, browser: &Browser, path: &str, kind: &str, body: &[u8]) -> Reply {
    let headers = [("Accept", "text/html"), ("Content-Type", kind), ("Cookie", browser.cookie.as_str())];
    service.client.send("POST", path, None, &headers, body).expect("a reply")
}
