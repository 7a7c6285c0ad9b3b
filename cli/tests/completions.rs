use crate::support::Sandbox;

#[test]
fn every_shell_gets_a_script_with_the_verbs() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = sandbox.ok(&["completions", shell]);
        assert!(script.contains("policy") && script.contains("completions"), "{shell}");
    }
    sandbox.run(&["completions", "bash", "--json"]).expect(2);
}
