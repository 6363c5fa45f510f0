import Foundation
import Testing

@testable import Server

/// A client's side of SCRAM-SHA-256, made of the same formulas from the other end.
struct ScramClient {
    var password = "pencil"
    var header = "n,,"
    var bindingData: [UInt8] = []
    var nonce = "rOprNGfwEbeRWgbNEkqO"
    var user = "user"

    var bare: String { "n=\(user),r=\(nonce)" }
    var first: [UInt8] { Array((header + bare).utf8) }

    /// client-final-message, and the server-final-message that an honest server answers.
    func final(_ serverFirst: [UInt8], nonce: String? = nil) throws -> (message: String, expected: String) {
        let text = String(decoding: serverFirst, as: UTF8.self)
        let fields = Dictionary(uniqueKeysWithValues: text.split(separator: ",").map { ($0.prefix(1), String($0.dropFirst(2))) })
        let salt = [UInt8](try #require(Data(base64Encoded: fields["s"] ?? "")))
        let iterations = try #require(Int(fields["i"] ?? ""))
        let salted = ScramVerifier.saltedPassword(of: password, salt: salt, iterations: iterations)
        let clientKey = ScramVerifier.mac(key: salted, Array("Client Key".utf8))
        let binding = ScramVerifier.base64(Array(header.utf8) + bindingData)
        let withoutProof = "c=\(binding),r=\(nonce ?? fields["r"] ?? "")"
        let authMessage = Array("\(bare),\(text),\(withoutProof)".utf8)
        let signature = ScramVerifier.mac(key: ScramVerifier.hash(clientKey), authMessage)
        let proof = zip(clientKey, signature).map { $0 ^ $1 }
        let serverKey = ScramVerifier.mac(key: salted, Array("Server Key".utf8))
        return ("\(withoutProof),p=\(ScramVerifier.base64(proof))", "v=" + ScramVerifier.base64(ScramVerifier.mac(key: serverKey, authMessage)))
    }
}

@Suite struct ScramTests {
    private static let salt: [UInt8] = Array(Data(base64Encoded: "W22ZaJ0SNY7soEsUEjb6gQ==") ?? Data())
    private static let serverNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    private static let endPoint: [UInt8] = Array(repeating: 7, count: 32)

    private static let verifier = ScramVerifier(password: "pencil", salt: salt)

    private func exchange(
        _ mechanism: ScramExchange.Mechanism = .scram, isKnown: Bool = true, serverEndPoint: [UInt8]? = nil
    ) -> ScramExchange {
        ScramExchange(
            mechanism: mechanism, verifier: Self.verifier, isKnown: isKnown, serverEndPoint: serverEndPoint,
            serverNonce: Self.serverNonce)
    }

    @Test func theExampleOfRFC7677() throws {
        var server = exchange()
        let first = try server.receive(clientFirst: Array("n,,n=user,r=rOprNGfwEbeRWgbNEkqO".utf8))
        #expect(String(decoding: first, as: UTF8.self) == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
        let final = try server.receive(
            clientFinal: Array(
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=".utf8))
        #expect(String(decoding: final, as: UTF8.self) == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    }

    @Test func verifiersAreThoseOfPostgreSQL() throws {
        let salt = Array(UInt8(0) ..< 16)
        let made = ScramVerifier(password: "agent-key-0123456789", salt: salt)
        #expect(made.text == "SCRAM-SHA-256$4096:AAECAwQFBgcICQoLDA0ODw==$gYZFqSdf2dBiRBW4DCoLL4X9C8wWSqOZutU0ULr1n4k=:QNSPgKz9/SvilBGk+oMi8OVRFjgUBRw5Vj+3bHa9fbg=")
        #expect(ScramVerifier(parsing: made.text) == made)
        #expect(made.matches(password: "agent-key-0123456789") && !made.matches(password: "agent-key-0123456780"))
        // Two spellings of one password: a letter and its accent, a Roman nine as one character.
        let accented = ScramVerifier(password: "pa\u{308}ssword\u{2168}-\u{AD}0123456789", salt: salt)
        #expect(accented.text == "SCRAM-SHA-256$4096:AAECAwQFBgcICQoLDA0ODw==$l8EK8T4QfY2z/EyaABp+j5/sVKRwbrPE2VkOrf+qpoU=:ybUrVjGpuCY8F2rxZXHMWsPCJFu2gokoegBrp+3iOGM=")
        for text in [
            "", "SCRAM-SHA-256$", "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA", made.text + ":", made.text.replacing("4096", with: "0"),
            made.text.replacing("4096", with: "+4096"), made.text.replacing("4096", with: "99999999"), String(made.text.dropLast()),
            made.text.replacing("SHA-256", with: "SHA-512"),
        ] { #expect(ScramVerifier(parsing: text) == nil, "\(text)") }
    }

    @Test func preparesPasswordsAsRFC4013() {
        #expect(SaslPrep.prepare("I\u{AD}X") == Array("IX".utf8))
        #expect(SaslPrep.prepare("user") == Array("user".utf8))
        #expect(SaslPrep.prepare("\u{AA}") == Array("a".utf8))
        #expect(SaslPrep.prepare("\u{2168}") == Array("IX".utf8))
        #expect(SaslPrep.prepare("a\u{3000}b") == Array("a b".utf8))
        // What is forbidden stays as it is.
        #expect(SaslPrep.prepare("é\u{7}") == Array("é\u{7}".utf8))
        #expect(SaslPrep.prepare("\u{AD}") == Array("\u{AD}".utf8))
    }

    @Test func acceptsTheRightPasswordOnly() throws {
        for (password, isKnown) in [("pencil", true), ("pencil", false), ("crayon", true)] {
            var server = exchange(isKnown: isKnown)
            let client = ScramClient(password: password)
            let final = try client.final(try server.receive(clientFirst: client.first))
            if password == "pencil", isKnown {
                #expect(String(decoding: try server.receive(clientFinal: Array(final.message.utf8)), as: UTF8.self) == final.expected)
            } else {
                #expect(throws: ScramFailure.wrongPassword) { try server.receive(clientFinal: Array(final.message.utf8)) }
            }
            // It is over either way.
            #expect(throws: ScramFailure.self) { try server.receive(clientFinal: Array(final.message.utf8)) }
            #expect(throws: ScramFailure.self) { try server.receive(clientFirst: client.first) }
        }
    }

    @Test func bindsToTheCertificate() throws {
        let header = "p=tls-server-end-point,,"
        var server = exchange(.scramPlus, serverEndPoint: Self.endPoint)
        let client = ScramClient(header: header, bindingData: Self.endPoint)
        let final = try client.final(try server.receive(clientFirst: client.first))
        #expect(String(decoding: try server.receive(clientFinal: Array(final.message.utf8)), as: UTF8.self) == final.expected)

        // Somebody in between has a certificate of his own.
        var other = exchange(.scramPlus, serverEndPoint: Self.endPoint)
        let deceived = ScramClient(header: header, bindingData: Array(repeating: 8, count: 32))
        let message = try deceived.final(try other.receive(clientFirst: deceived.first)).message
        #expect(throws: ScramFailure.channelBinding("the client is bound to another connection than this one")) {
            try other.receive(clientFinal: Array(message.utf8))
        }
    }

    @Test(arguments: [
        ("y,,", ScramExchange.Mechanism.scram, false, true), ("n,,", .scram, false, true), ("n,,", .scram, true, true),
        // The client supports binding and did not see our offer of it.
        ("y,,", .scram, true, false), ("n,,", .scramPlus, true, false), ("y,,", .scramPlus, true, false),
        ("p=tls-server-end-point,,", .scram, true, false), ("p=tls-unique,,", .scramPlus, true, false), ("x,,", .scram, false, false),
    ]) func channelBindingFlags(header: String, mechanism: ScramExchange.Mechanism, hasEndPoint: Bool, isAccepted: Bool) throws {
        var server = exchange(mechanism, serverEndPoint: hasEndPoint ? Self.endPoint : nil)
        let client = ScramClient(header: header)
        guard isAccepted else {
            #expect(throws: ScramFailure.self) { try server.receive(clientFirst: client.first) }
            return
        }
        let final = try client.final(try server.receive(clientFirst: client.first))
        #expect(throws: Never.self) { try server.receive(clientFinal: Array(final.message.utf8)) }
    }

    @Test func aBindingFlagThatChangesOnTheWayIsFound() throws {
        var server = exchange()
        let client = ScramClient()
        let first = try server.receive(clientFirst: client.first)
        let final = try ScramClient(header: "y,,").final(first)
        #expect(throws: ScramFailure.self) { try server.receive(clientFinal: Array(final.message.utf8)) }
    }

    @Test(arguments: [
        "", "n", "n,", "n,,", "n,,n=user", "n,,n=user,", "n,,r=abc,n=user", "n,a=other,n=user,r=abc", "n,b=other,n=user,r=abc", "n,,m=x,n=user,r=abc",
        "n,,n=user,r=", "n,,n=user,r=a b", "n,,n=user,r=äö", "n,,n=user,r=abc,", "n,,n=user,r=abc,x", "n,,n=user,r=abc,m=1", "n,,n=us\u{0}er,r=abc", "é,,n=user,r=abc",
    ]) func malformedFirstMessages(text: String) {
        var server = exchange()
        #expect(throws: ScramFailure.self) { try server.receive(clientFirst: Array(text.utf8)) }
        #expect(throws: ScramFailure.self) { try server.receive(clientFirst: ScramClient().first) }
    }

    @Test func malformedFinalMessages() throws {
        let client = ScramClient()
        func attempt(_ change: (String) -> [UInt8]) throws -> ScramFailure? {
            var server = exchange()
            let message = try client.final(try server.receive(clientFirst: client.first)).message
            do {
                _ = try server.receive(clientFinal: change(message))
                return nil
            } catch {
                return error
            }
        }
        #expect(try attempt { Array($0.utf8) } == nil)
        let changes: [@Sendable (String) -> [UInt8]] = [
            { _ in [] }, { _ in [0xFF, 0xFE] }, { Array($0.dropLast(5).utf8) }, { Array(($0 + ",x=1").utf8) }, { Array($0.replacing("c=biws", with: "c=biw").utf8) },
            { Array($0.replacing("c=biws", with: "c=eSws").utf8) }, { Array($0.replacing("r=rOpr", with: "r=rOps").utf8) },
            { Array($0.replacing("k0,p=", with: "k1,p=").utf8) }, { Array($0.replacing(",p=", with: ",p=AAAA").utf8) }, { Array($0.replacing(",p=", with: ",q=").utf8) },
            { Array($0.replacing(",p=", with: ",x,p=").utf8) }, { Array($0.replacing(",p=", with: ",m=1,p=").utf8) }, { Array(("x" + $0).utf8) },
            { _ in Array(repeating: UInt8(ascii: "c"), count: 100_000) },
        ]
        for (index, change) in changes.enumerated() { #expect(try attempt(change) != nil, "change \(index)") }
        // An extension that is not known is part of what is signed.
        #expect(try attempt { Array($0.replacing(",p=", with: ",x=1,p=").utf8) } == .wrongPassword)
        var early = exchange()
        #expect(throws: ScramFailure.self) { try early.receive(clientFinal: Array("c=biws,r=x,p=AAAA".utf8)) }
    }

    @Test func anyBytesEndInAnError() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("n,y,p=tls-server-end-point,,n=user,r=abc,c=biws,p=AAAA,m=".utf8)
        for _ in 0 ..< 2_000 {
            let bytes = (0 ..< Int.random(in: 0 ... 60, using: &generator)).map { _ in
                Bool.random(using: &generator) ? alphabet.randomElement(using: &generator) ?? 0 : UInt8.random(in: 0 ... 255, using: &generator)
            }
            var server = exchange()
            guard (try? server.receive(clientFirst: bytes)) != nil else { continue }
            #expect(throws: ScramFailure.self) { try server.receive(clientFinal: bytes) }
        }
    }
}
