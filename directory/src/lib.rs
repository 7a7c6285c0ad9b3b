//! Where certificates, keys and anchors rest: the store on disk, spools and output files.
