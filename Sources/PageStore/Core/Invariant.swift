/// States what always holds at a place of the code (the list is in `docs/store-format.md`). Debug builds stop where it does
/// not, unless a test has switched a rule off to see just that; release builds do not look.
@inline(__always)
func invariant(_ rules: RuleSwitches, _ holds: @autoclosure () -> Bool, _ text: @autoclosure () -> String) {
    #if DEBUG
    if !rules.isMutated { precondition(holds(), text()) }
    #endif
}
