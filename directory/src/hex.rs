//! Hexadecimal digits.

/// A fingerprint, or its beginning of at least 8 digits, as people paste it; as the store has it.
pub(crate) fn prefix(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("sha256:").or_else(|| text.strip_prefix("SHA256:")).unwrap_or(text);
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let fits = (8..=64).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then(|| digits.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_paste() {
        assert_eq!(prefix("AB:cd:01 02").as_deref(), Some("abcd0102"));
        assert_eq!(prefix(&format!(" sha256:{}", "0f".repeat(32))), Some("0f".repeat(32)));
        for bad in ["abcd010", "abcd010g", "", &"0".repeat(65), "%%%%%%%%"] {
            assert_eq!(prefix(bad), None, "{bad}");
        }
    }
}
