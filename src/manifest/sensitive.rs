//! What no field of type `text` may carry, whatever its pattern allows.
//!
//! Promises: paths, addresses, tokens, stack traces and environment dumps are refused by their looks. Absent: certainty: looks
//! are a second fence behind the pattern, and closed types are the first.

/// What a text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// A path of a file.
    Path,
    /// A web, mail or network address.
    Address,
    /// A key, a token or another secret.
    Token,
    /// A stack trace.
    StackTrace,
    /// Variables of an environment.
    Environment,
}

impl Looks {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Path => "a path",
            Self::Address => "an address",
            Self::Token => "a token",
            Self::StackTrace => "a stack trace",
            Self::Environment => "an environment dump",
        }
    }
}

/// Beginnings of tokens that their issuers publish so that scanners find them.
const TOKEN_STARTS: &[&str] = &[
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "sk-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "pk_live_",
    "AIza",
    "ya29.",
    "eyJ",
    "npm_",
    "pypi-",
    "dop_v1_",
    "hf_",
    "phx_",
    "SG.",
    "-----BEGIN",
    "Bearer ",
    "Basic ",
];
/// Words that a stack trace's lines begin with or hold.
const TRACE_SIGNS: &[&str] = &[
    "Traceback (most recent",
    "\tat ",
    "    at ",
    "  File \"",
    "thread '",
    "goroutine ",
    "panicked at",
    "stack backtrace",
];
/// Length from which an unbroken run of mixed letters and digits is taken for a secret.
const SECRET_RUN: usize = 24;

/// What `text` looks like, if it looks like something that may not be sent.
#[must_use]
pub fn looks(text: &str) -> Option<Looks> {
    if TRACE_SIGNS.iter().any(|sign| text.contains(sign)) {
        return Some(Looks::StackTrace);
    }
    if is_environment(text) {
        return Some(Looks::Environment);
    }
    if TOKEN_STARTS.iter().any(|start| {
        text.split([' ', '=', ':', '"', '\'']).any(|word| word.starts_with(start)) || text.starts_with(start)
    }) {
        return Some(Looks::Token);
    }
    if is_address(text) {
        return Some(Looks::Address);
    }
    if is_path(text) {
        return Some(Looks::Path);
    }
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=_-".contains(c))).any(is_secret_run).then_some(Looks::Token)
}

fn is_environment(text: &str) -> bool {
    text.split([' ', '\n', ';', ',']).any(|word| {
        word.split_once('=').is_some_and(|(name, _)| {
            name.len() >= 2 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        })
    })
}

fn is_address(text: &str) -> bool {
    let mail = |word: &str| word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    let ip4 = |word: &str| {
        let host = word.split(':').next().unwrap_or(word);
        host.split('.').count() == 4 && host.parse::<std::net::Ipv4Addr>().is_ok()
    };
    let ip6 = |word: &str| {
        let bare = word.trim_matches(|c| c == '[' || c == ']');
        bare.matches(':').count() >= 2 && bare.parse::<std::net::Ipv6Addr>().is_ok()
    };
    text.contains("://")
        || text.split([' ', ',', ';', '<', '>', '(', ')', '"', '\'']).any(|word| {
            mail(word) || ip4(word) || ip6(word) || word.starts_with("www.") || word.starts_with("localhost:")
        })
}

fn is_path(text: &str) -> bool {
    let drive = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic())
            && chars.next() == Some(':')
            && matches!(chars.next(), Some('\\' | '/'))
    };
    text.contains('\\')
        || text.split([' ', ',', ';', '"', '\'', '(', ')', '=', ':']).any(|word| {
            word.starts_with('/')
                || word.starts_with("~/")
                || word.starts_with("./")
                || word.starts_with("../")
                || word.matches('/').count() >= 2
        })
        || text.split(' ').any(drive)
}

fn is_secret_run(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let letters = run.bytes().filter(u8::is_ascii_alphabetic).count();
    run.len() >= SECRET_RUN && digits >= 4 && letters >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_private_is_seen() {
        for (text, looks_like) in [
            ("/home/ada/x.rs", Looks::Path),
            ("in ~/notes", Looks::Path),
            ("C:\\Users\\ada", Looks::Path),
            ("src/main/java", Looks::Path),
            ("http://x.example/a", Looks::Address),
            ("ada@example.org", Looks::Address),
            ("10.0.0.7:8080", Looks::Address),
            ("fe80::1", Looks::Address),
            ("key AKIAIOSFODNN7EXAMPLE", Looks::Token),
            ("ghp_abc", Looks::Token),
            ("4b7c9a0c1d2e3f405162738495a6b7c8", Looks::Token),
            ("Traceback (most recent call last):", Looks::StackTrace),
            ("thread 'main' panicked at x", Looks::StackTrace),
            ("PATH=x HOME=y", Looks::Environment),
        ] {
            assert_eq!(looks(text), Some(looks_like), "{text}");
        }
        for text in ["", "sync", "half/half", "a b c", "1.2.3", "not found", "duckdb 0.9", "step-3_of_7"] {
            assert_eq!(looks(text), None, "{text}");
        }
    }
}
