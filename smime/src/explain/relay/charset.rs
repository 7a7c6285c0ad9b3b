//! The charsets that relays convert between.

/// A charset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    Latin1,
    Latin9,
    Windows1252,
}

impl Charset {
    /// All of them, those that are met most first.
    pub const ALL: [Charset; 4] = [Charset::Utf8, Charset::Latin1, Charset::Windows1252, Charset::Latin9];

    /// How it is spelled in a parameter, the usual spellings first.
    pub fn spellings(self) -> &'static [&'static str] {
        match self {
            Charset::Utf8 => &["utf-8", "UTF-8", "utf8", "UTF8", "Utf-8"],
            Charset::Latin1 => &["iso-8859-1", "ISO-8859-1", "latin1", "Iso-8859-1"],
            Charset::Latin9 => &["iso-8859-15", "ISO-8859-15", "latin9", "Iso-8859-15"],
            Charset::Windows1252 => &["windows-1252", "Windows-1252", "cp1252", "WINDOWS-1252"],
        }
    }

    /// The text; `None` for UTF-8 that is none. An octet that stands for nothing stands for itself.
    fn decode(self, octets: &[u8]) -> Option<String> {
        match self {
            Charset::Utf8 => std::str::from_utf8(octets).ok().map(str::to_owned),
            Charset::Latin1 => Some(octets.iter().map(|octet| char::from(*octet)).collect()),
            Charset::Latin9 => Some(octets.iter().map(|octet| of_table(*octet, &LATIN9)).collect()),
            Charset::Windows1252 => Some(octets.iter().map(|octet| of_table(*octet, &WINDOWS)).collect()),
        }
    }

    fn encode(self, character: char) -> Option<u8> {
        let table: &[(u8, char)] = match self {
            Charset::Latin9 => &LATIN9,
            Charset::Windows1252 => &WINDOWS,
            _ => &[],
        };
        let octet = u8::try_from(u32::from(character)).ok();
        let taken = |octet: &u8| table.iter().all(|(other, _)| other != octet);
        table.iter().find(|(_, other)| *other == character).map(|(octet, _)| *octet).or(octet.filter(taken))
    }
}

fn of_table(octet: u8, table: &[(u8, char)]) -> char {
    table.iter().find(|(other, _)| *other == octet).map_or(char::from(octet), |(_, character)| *character)
}

/// The text in another charset, line by line: a line that cannot be converted stays, for what a relay appended may
/// never have been in that charset. `None` where nothing changes.
pub(super) fn converted(text: &[u8], from: Charset, to: Charset) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive(|octet| *octet == b'\n') {
        match from.decode(line).and_then(|line| encode(&line, to)) {
            Some(line) => out.extend_from_slice(&line),
            None => out.extend_from_slice(line),
        }
    }
    (out != text).then_some(out)
}

fn encode(text: &str, to: Charset) -> Option<Vec<u8>> {
    match to {
        Charset::Utf8 => Some(text.as_bytes().to_vec()),
        other => text.chars().map(|character| other.encode(character)).collect(),
    }
}

/// Where ISO 8859-15 differs from ISO 8859-1.
const LATIN9: [(u8, char); 8] =
    [(0xA4, '€'), (0xA6, 'Š'), (0xA8, 'š'), (0xB4, 'Ž'), (0xB8, 'ž'), (0xBC, 'Œ'), (0xBD, 'œ'), (0xBE, 'Ÿ')];
/// Where windows-1252 differs from it.
const WINDOWS: [(u8, char); 27] = [
    (0x80, '€'),
    (0x82, '‚'),
    (0x83, 'ƒ'),
    (0x84, '„'),
    (0x85, '…'),
    (0x86, '†'),
    (0x87, '‡'),
    (0x88, 'ˆ'),
    (0x89, '‰'),
    (0x8A, 'Š'),
    (0x8B, '‹'),
    (0x8C, 'Œ'),
    (0x8E, 'Ž'),
    (0x91, '‘'),
    (0x92, '’'),
    (0x93, '“'),
    (0x94, '”'),
    (0x95, '•'),
    (0x96, '–'),
    (0x97, '—'),
    (0x98, '˜'),
    (0x99, '™'),
    (0x9A, 'š'),
    (0x9B, '›'),
    (0x9C, 'œ'),
    (0x9E, 'ž'),
    (0x9F, 'Ÿ'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let text = "naïve € “quoted”\r\nŠkoda\r\n";
        let windows = converted(text.as_bytes(), Charset::Utf8, Charset::Windows1252).unwrap();
        assert_eq!(windows, b"na\xefve \x80 \x93quoted\x94\r\n\x8akoda\r\n");
        assert_eq!(converted(&windows, Charset::Windows1252, Charset::Utf8).unwrap(), text.as_bytes());
        // The first line has no form in this one, the second has.
        let latin = converted(text.as_bytes(), Charset::Utf8, Charset::Latin9).unwrap();
        assert!(latin.ends_with(b"\r\n\xa6koda\r\n") && latin.starts_with("naïve".as_bytes()));
        assert!(converted(b"plain\r\n", Charset::Utf8, Charset::Latin1).is_none());
    }
}
