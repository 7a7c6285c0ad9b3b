use crate::support::Sandbox;

#[test]
fn the_story_is_told_to_its_end_and_leaves_its_mails() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["tour"]);
    command.env("TMPDIR", sandbox.path(""));
    let run = crate::support::run(command, b"").expect(0);
    for part in [
        "Signed by alice@example.org, encrypted to you.",
        "BROKEN",
        "cannot decrypt this message",
        "mallory@example.com",
    ] {
        assert!(run.err.contains(part), "{part}: {}", run.err);
    }
    let folder = run.err.lines().last().unwrap().rsplit(' ').next().unwrap().to_owned();
    let mails = ["letter.eml", "sealed.eml", "opened.eml", "changed.eml", "forged.eml"];
    assert!(mails.iter().all(|m| std::path::Path::new(&folder).join(m).is_file()), "{folder}");
    assert!(!std::path::Path::new(&folder).join("never.eml").exists());
    // Each step can be pasted: the one that opens the mail works again.
    let step = run.err.lines().find(|l| l.starts_with("$ ") && l.contains(" open -v ")).unwrap();
    let mut again = std::process::Command::new("sh");
    again.args(["-c", &format!("{} --force", &step[2..])]);
    assert!(crate::support::run(again, b"").expect(0).err.contains("Signed by alice@example.org"));
}
