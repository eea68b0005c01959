//! A number of HCL as the language writes it where a text is wanted: `1.50` is 1.5, `1e3` is 1000.
//!
//! Promises: no digit is lost; a number longer than the language itself keeps is not told. Absent: reckoning.

/// Most digits: the language keeps 512 bits, which are 154.
const DIGITS: usize = 150;

/// The text of a number that is written so; none where the language might round it.
#[must_use]
pub fn number_text(written: &str) -> Option<String> {
    let (sign, plain) = written.strip_prefix('-').map_or(("", written), |plain| ("-", plain));
    let (mantissa, exponent) = plain.split_once(['e', 'E']).unwrap_or((plain, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: String = [whole, part].concat();
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent: i64 = exponent.parse().ok()?;
    // Where the point stands, counted from before the first digit.
    let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
    if all.len() > DIGITS || point.unsigned_abs() > DIGITS as u64 {
        return None;
    }
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
    let length = i64::try_from(all.len()).ok()?;
    let padded = format!("{}{all}{}", zeros(point.saturating_neg()), zeros(point.saturating_sub(length)));
    let (whole, part) = padded.split_at_checked(usize::try_from(point.max(0)).ok()?)?;
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

#[cfg(test)]
mod tests {
    use crate::settings::hcl::number::number_text;

    /// What gohcl (hcl 2.14.1, go-cty 1.12.1) made of each of them in a field of text, seen in runs of it.
    #[test]
    fn a_number_is_the_text_that_the_language_makes_of_it() {
        for (written, text) in [
            ("5", "5"),
            ("0.1", "0.1"),
            ("1.50", "1.5"),
            ("1e3", "1000"),
            ("1E-2", "0.01"),
            ("00.10", "0.1"),
            ("007", "7"),
            ("-1.50", "-1.5"),
            ("-0", "-0"),
            ("0e5", "0"),
            ("1.0", "1"),
            ("1e21", "1000000000000000000000"),
            ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
            ("1.5e-7", "0.00000015"),
            ("0.000", "0"),
            ("1e+2", "100"),
        ] {
            assert_eq!(number_text(written).as_deref(), Some(text), "{written}");
        }
        let long = "1".repeat(151);
        for written in ["1e400", "1e-400", "1e99999999999999999999", long.as_str(), "", "-", "x", "1e"] {
            assert_eq!(number_text(written), None, "{written}");
        }
    }
}
