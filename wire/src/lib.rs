//! Bytes to values and back: DER, BER, X.509, PKCS#8, PKCS#12 and CMS. It never judges.
