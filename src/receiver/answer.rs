//! What a receiver answers: the same to every request, as the real one would to one that it takes.
//!
//! Promises: the bytes of an answer frame themselves, also without a body. Absent: answers that hang on what was asked.

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status, 200 to 599: those below are no answers.
    pub status: u16,
    /// Names and values of its headers, but for those that frame it.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A status and nothing else.
    #[must_use]
    pub const fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// Its bytes; those to `HEAD` have no body, and `close` announces that the connection ends with it.
    #[must_use]
    pub fn bytes(&self, head_only: bool, close: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in self.headers.iter().filter(|(name, value)| is_plain(name) && is_plain(value)) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        // By RFC 9110 these have no body, and no length of one.
        let bodiless = matches!(self.status, 204 | 304);
        if !bodiless {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        head.push_str(if close { "Connection: close\r\n\r\n" } else { "\r\n" });
        let mut bytes = head.into_bytes();
        if !head_only && !bodiless {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

/// What cannot break out of a line.
fn is_plain(text: &str) -> bool {
    !text.contains(['\r', '\n', '\0'])
}

/// The reason phrase, for those that are in use; clients read none of it.
const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        400 => "Bad Request",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "Answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_frame_themselves() {
        let answer = Answer { body: b"{}".to_vec(), ..Answer::status(200) };
        let text = |head_only, close| String::from_utf8(answer.bytes(head_only, close)).expect("text");
        assert_eq!(text(false, false), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        assert_eq!(text(true, true), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
        assert_eq!(Answer::status(204).bytes(false, false), b"HTTP/1.1 204 No Content\r\n\r\n");
        let odd = Answer { headers: vec![("A".into(), "b\r\nc: d".into())], ..Answer::status(204) };
        assert_eq!(odd.bytes(false, false), b"HTTP/1.1 204 No Content\r\n\r\n");
    }
}
