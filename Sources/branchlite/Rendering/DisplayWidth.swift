import Branching

/// How many terminal cells a text takes.
func displayWidth(_ text: String) -> Int { TerminalText.width(text) }

/// `text` in exactly `width` cells: padded, or cut with an ellipsis.
func fitted(_ text: String, to width: Int, alignRight: Bool) -> String { TerminalText.fitted(text, to: width, alignRight: alignRight) }

/// Control characters replaced by visible escapes.
func printable(_ text: String) -> String { TerminalText.printable(text) }
