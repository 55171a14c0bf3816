"""``vin-kiosk completion``: the script by which a shell completes commands, options and lanes."""

import click

from kiosk.completion import SHELLS, script_for


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print what makes the shell complete commands, options and lanes.

    To install it for everybody on this machine:

    \b
      vin-kiosk completion bash | sudo tee /etc/bash_completion.d/vin-kiosk
      vin-kiosk completion zsh | sudo tee /usr/local/share/zsh/site-functions/_vin-kiosk
      vin-kiosk completion fish | sudo tee /etc/fish/completions/vin-kiosk.fish

    It works in shells that are opened afterwards. To try it in this one: eval "$(vin-kiosk
    completion bash)".
    """  # noqa: D301 - \b is how click is told not to wrap
    click.echo(script_for(shell), nl=False)
