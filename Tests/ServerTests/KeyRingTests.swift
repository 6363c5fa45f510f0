import Branching
import Testing

@testable import Server

@Suite struct KeyRingTests {
    private static let key = "agent-key-0123456789"

    private func refusal(_ text: String) -> BranchLiteError? {
        do {
            _ = try KeyRing(parsing: text)
            return nil
        } catch {
            return error
        }
    }

    @Test func everyFormIsTheSameKey() throws {
        let key = try APIKey(Self.key)
        let forms = [
            "agent=\(Self.key):read", try key.digestEntry(name: "agent", scopes: [.read]), try key.verifierEntry(name: "agent", scopes: [.read]),
        ]
        for form in forms {
            let ring = try KeyRing(parsing: form)
            #expect(ring.principal(for: Self.key) == Principal(id: "agent", scopes: [.read]), "\(form)")
            // What has matched once is remembered; what has not is not.
            #expect(ring.principal(for: Self.key)?.id == "agent" && ring.principal(for: Self.key + "x") == nil)
            #expect(ring.principal(for: Self.key, named: "agent")?.id == "agent" && ring.principal(for: Self.key, named: "other") == nil)
            #expect(try ring.authenticate(authorization: "Bearer \(Self.key)").id == "agent")
            #expect(form.hasPrefix("agent=agent-key") || !form.contains(Self.key))
        }
    }

    @Test func namesAndScopesAreOptionalInEveryForm() throws {
        let key = try APIKey(Self.key)
        for entry in [try key.digestEntry(name: "n", scopes: [.admin]), try key.verifierEntry(name: "n", scopes: [.admin]), "n=\(Self.key):admin"] {
            let bare = String(entry.dropFirst(2).dropLast(":admin".count))
            #expect(try KeyRing(parsing: bare).principal(for: Self.key) == Principal(id: "key-1", scopes: KeyRing.defaultScopes), "\(bare)")
            #expect(try KeyRing(parsing: bare + ":read+merge").principal(for: Self.key)?.scopes == [.read, .merge])
            #expect(try KeyRing(parsing: "n=" + bare).principal(for: Self.key) == Principal(id: "n", scopes: KeyRing.defaultScopes))
        }
        // Base64 ends in equals signs, which make no name.
        #expect(try KeyRing(parsing: "YWdlbnQta2V5LTAxMjM0NTY3ODk=").principal(for: "YWdlbnQta2V5LTAxMjM0NTY3ODk=")?.id == "key-1")
    }

    @Test func verifiersAreFoundByName() throws {
        let key = try APIKey(Self.key)
        let ring = try KeyRing(parsing: "a=\(Self.key)1,a=\(Self.key)2;\(try key.digestEntry(name: "b", scopes: [.read])) c=\(Self.key)3")
        #expect(ring.names == ["a", "b", "c"])
        #expect(ring.verifiers(named: "a").count == 2 && ring.verifiers(named: "b").isEmpty && ring.verifiers(named: "c").count == 1)
        #expect(ring.verifiers(named: "c").first?.verifier.matches(password: Self.key + "3") == true)
    }

    @Test(arguments: ["scram:", "x=scram:SCRAM-SHA-256$4096", "scram:SCRAM-SHA-1$4096:AAAA$AAAA:AAAA", "sha256:abc", "short", "agent=0123456789abcdef:fly"])
    func badEntriesAreNamedAndNotShown(entry: String) {
        let error = refusal("good=0123456789abcdef," + entry)
        #expect(error?.code == "BL_BAD_CONFIGURATION")
        #expect(error?.message.hasPrefix("key 2 of BRANCHLITE_API_KEYS") == true)
        #expect(error?.message.contains("0123456789abcdef") == false)
    }

    @Test func newKeysAreRandomAndFit() throws {
        let keys = (0 ..< 100).map { _ in APIKey().text }
        #expect(Set(keys).count == 100)
        #expect(keys.allSatisfy { $0.utf8.count == 47 && $0.hasPrefix("blk_") && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } })
        for key in keys.prefix(3) { #expect(try KeyRing(parsing: "n=\(key):read").principal(for: key)?.scopes == [.read]) }
        for name in ["", "a b", "a=b", "a,b", "a:b", "a;b", "a$b", "a'b"] {
            #expect(throws: BranchLiteError.self) { try APIKey().digestEntry(name: name, scopes: [.read]) }
        }
        #expect(throws: BranchLiteError.self) { try APIKey("short") }
        #expect(try APIKey.scopes("read, write+merge") == [.read, .write, .merge])
        #expect(throws: BranchLiteError.self) { try APIKey.scopes("read,fly") }
        #expect(throws: BranchLiteError.self) { try APIKey.scopes(" ") }
    }
}
