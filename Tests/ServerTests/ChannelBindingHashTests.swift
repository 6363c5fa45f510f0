import Foundation
import Testing

@testable import Server

/// `tls-server-end-point` of certificates by their signature. The hashes are those of `openssl dgst` over the certificate.
@Suite struct ChannelBindingHashTests {
    private struct Sample: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// DER in base64.
        let certificate: String
        /// Hexadecimal; nil where none is defined.
        let hash: String?
    }

    private static let samples = [
        Sample(
            testDescription: "ECDSA with SHA-384",
            certificate: """
                MIIBcDCCARWgAwIBAgIUDnAS5wJuOyyiYwhrINDYdBoOElIwCgYIKoZIzj0EAwMwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjgwMTQ3NDVaGA8yMTI2MTEwNDAx\
                NDc0NVowDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJsf+SiSgO6ZuGCKb3OCJvqzzuGB13R9lUHQNkWAfObBQQzRK5l6uxu2X5Ol\
                1RfP3/u2OzNs8dCxiFZSlzKzb/ijUzBRMB0GA1UdDgQWBBSB9wSD/RDdOA1BKleOcfth54lySzAfBgNVHSMEGDAWgBSB9wSD/RDdOA1BKleOcfth54lySzAP\
                BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMDA0kAMEYCIQCXj9i1r33e9GxJS/Zw89Zi6WnEH+/PWdb0IW9R8pefdwIhAJTt6WnyehQEftY2UnZLDyaZa5eT\
                OJvc6Y9Cj2To0Nws
                """,
            hash: "3ca6268f6913cadd2b38bcaaf41701122e1e8e21114a847e2830d248d951c32211f17e55aed0fa27222fc738b14e351d"),
        Sample(
            testDescription: "RSA with SHA-512",
            certificate: """
                MIIB9jCCAV+gAwIBAgIUCjXBPCMAWG+1OJZ+L0VsFg58yD0wDQYJKoZIhvcNAQENBQAwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjgwMTQ3NDZaGA8yMTI2MTEw\
                NDAxNDc0NlowDDEKMAgGA1UEAwwBYTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA1YmLM9uC5oe+RYbiD9HbCgR0S4VQCJApZNoOIU1kobvqW5E5Zfo7\
                UwqSzTpLNpWipXja5/q6ev0JWXC5kxmbYSk9VwcsuqmWDLVAd1kl4ebb7CSEKwX7tckqvUatu148B71h6gF6HSK9FvwDyx0jkR9dnXxUPgEtxaH5XDKDvcEC\
                AwEAAaNTMFEwHQYDVR0OBBYEFER+X1xxwslM3ZQSYiUJ4Lc84FuuMB8GA1UdIwQYMBaAFER+X1xxwslM3ZQSYiUJ4Lc84FuuMA8GA1UdEwEB/wQFMAMBAf8w\
                DQYJKoZIhvcNAQENBQADgYEAvLMDpkm6xt6DTWtNyfjzgnK+ht9XCZ6RB0bluxgWUVfzbmUx51XL2DWiOy6W6zlJaYPgMZrfHWaC7wzjN7c9vE1RWqwW4ZBw\
                B82kH8MxtPM8VZeNlvCkVeC8j7gdrNSspzC83k6uGSmHqpWju7qEhzd+PEEr/buMYkCuFS0Zcp0=
                """,
            hash: "483383a75462d9e0445ac76d5c60b58cda61a9984d2e5a4b06da95b6af8f6eb04bd9001c6e224ddd5821f296a6cd3d473bf474d46fa163f21a9a8b967e2b3fa7"),
        Sample(
            testDescription: "RSA with SHA-1",
            certificate: """
                MIIB9jCCAV+gAwIBAgIUB67WB1ZlEbgKKWxVsCuFAzXVsiIwDQYJKoZIhvcNAQEFBQAwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjgwMTQ3NDZaGA8yMTI2MTEw\
                NDAxNDc0NlowDDEKMAgGA1UEAwwBYTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAloxiqVtJL0CQWeQ1INlqzVguikx9a632FYzBJkrjxdTkafXmoxBt\
                12sF3rcgSQkb/u+7LyFjutFHjcciOWUBIeyeKjHqFt2d5D32BFR7X7l2FHOL3b5S58DyfIhpPat5By6jKZWld2NXpMx///MNRbPAAjb8zokTBrslQmOAYbEC\
                AwEAAaNTMFEwHQYDVR0OBBYEFIdCySAj3GC4DzL1A8KQHuuzbW8rMB8GA1UdIwQYMBaAFIdCySAj3GC4DzL1A8KQHuuzbW8rMA8GA1UdEwEB/wQFMAMBAf8w\
                DQYJKoZIhvcNAQEFBQADgYEAEuOfrrTGAoOSUmLQ6vmamzaTam7d/6FVvx35+UhN7kEQqzx32X1tFS5nYmSiR26Lg/5ww6D3ZG07r3qwpnr+Zc5YOxUB3pJA\
                cu/A/N/ftZOkObMzZtc81lNHovmCXnhXYptfdPm3Qj8sw5BEBz5/gFEl+wjMJ+RTmN4ZhvdZdk8=
                """,
            hash: "42fa6a76f2c72373b24aca298f1381676da0abf1c31d221d98b57b5c1c1a838d"),
        Sample(
            testDescription: "RSA-PSS with SHA-384",
            certificate: """
                MIICXjCCAZOgAwIBAgIURvzgOMA8Qz8LZnJHppxflvSgH0IwQQYJKoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgIFAKEcMBoGCSqGSIb3DQEBCDANBglghkgB\
                ZQMEAgIFAKIDAgFOMAwxCjAIBgNVBAMMAWEwIBcNMjYxMTI4MDE0NzQ2WhgPMjEyNjExMDQwMTQ3NDZaMAwxCjAIBgNVBAMMAWEwgZ8wDQYJKoZIhvcNAQEB\
                BQADgY0AMIGJAoGBALcT5cVloE/SGsWUwTpgrY9D7cGwWpHjnJzQHOtlGHqhb1LGvxFOLCbYInKB3bpmxX1NDlBpeQjHbkSwaosruHH1kVDnee712w6DqMLh\
                OTjXDgHhcwgeZPdPOxkZkm8Ghp97OSaB91rdSnVIkCSRODnbXvOsLAm0mAtnDie6O5QfAgMBAAGjUzBRMB0GA1UdDgQWBBRYsRiLupXipLKN5L+HQQZQdV44\
                sjAfBgNVHSMEGDAWgBRYsRiLupXipLKN5L+HQQZQdV44sjAPBgNVHRMBAf8EBTADAQH/MEEGCSqGSIb3DQEBCjA0oA8wDQYJYIZIAWUDBAICBQChHDAaBgkq\
                hkiG9w0BAQgwDQYJYIZIAWUDBAICBQCiAwIBTgOBgQBqO3AggMHyiGVJEavFUyjbesj4D7XTYKXIrUbnOxAX2JZLgfhOLN4mOigDAD/lnfh+wOtOcIZ91aHb\
                4fBeoSvgsg0vnTorg0Et2ne5XArK7NQ6mJ8Frr8LborP+tIOYiKYvTzgfZ40OI2+QQatHWGHpJuGCJt4mnLz9RMi+JhmPA==
                """,
            hash: "1078e4e5b71854fb4836cb02ab8b7b7755efd9212439256dc146852fecacdff1a8ccc76526421e169d7f0d5e1677ee35"),
        Sample(
            testDescription: "RSA-PSS with its default of SHA-1",
            certificate: """
                MIIB9jCCAV+gAwIBAgIUP5lHyk6E9SDgkV0I0Z4xnzjNVyUwDQYJKoZIhvcNAQEKMAAwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjgwMTQ3NDZaGA8yMTI2MTEw\
                NDAxNDc0NlowDDEKMAgGA1UEAwwBYTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAvI3qfmurHQMZmlaMH9hi6IOuYF2GWFCQpoFmbyuldgf3Hhg5h3Rf\
                o3z/b3poQ6/WPVFEJ5cS0gk7GzO+6w13yVt6Kzaupw05sEdo0AGztxtNTWNn9wyHxU9PiuKjj4VqMWPHI20H/LRA7JdkgvnC5WYmhvuxEY06fK0HO6XrIvEC\
                AwEAAaNTMFEwHQYDVR0OBBYEFMF2QT2zxBJd6mdSypA2JEnNczTSMB8GA1UdIwQYMBaAFMF2QT2zxBJd6mdSypA2JEnNczTSMA8GA1UdEwEB/wQFMAMBAf8w\
                DQYJKoZIhvcNAQEKMAADgYEAEt0AluvLdwgCVzAxNU2cyT74PPoQoSLNV34ZlhEBmyeRerN2MD4pWz6DO6bG4ha3sf+CeKDLqyHWyZPBdqIVXYdud7lGvksv\
                1u8PjpInRq4KTxqv1W0e7tpoatFKdqTqC3bsP5gieIFVklgJnjQWm4Mu7ZUApMg/7YHPtkwu7+E=
                """,
            hash: "658b8e1fe0bb9765610c8ce426f8385529c7d77cfe5aa2b9c1e914f7233d5709"),
        Sample(
            testDescription: "Ed25519",
            certificate: """
                MIIBLjCB4aADAgECAhRtU9nB0g4sFb+rlPfBv/eQpxevnjAFBgMrZXAwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjgwMTQ3NDZaGA8yMTI2MTEwNDAxNDc0Nlow\
                DDEKMAgGA1UEAwwBYTAqMAUGAytlcAMhAEU4OqDd7d8MvDQ9vJZ1uWzqIMMINrnZLHXTgaFmw+xCo1MwUTAdBgNVHQ4EFgQU4b7o5MyoyiabZ8h6GWxAhC97\
                FJ8wHwYDVR0jBBgwFoAU4b7o5MyoyiabZ8h6GWxAhC97FJ8wDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQBs+UqFH0RInAKfgX4GAvagOhtadDNs4T4AHeu2\
                nbVAcEYB06G/0MhnRwXAt0lXByA3XvJSKqvVfePlUxIwphoB
                """,
            hash: nil),
    ]

    @Test(arguments: samples) private func followsTheSignature(sample: Sample) throws {
        let certificate = [UInt8](try #require(Data(base64Encoded: sample.certificate)))
        let hash = ChannelBindingHash.serverEndPoint(certificate: certificate)
        #expect(hash.map { $0.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() } == sample.hash)
    }

    @Test func whatIsNoCertificateHasNone() throws {
        let certificate = [UInt8](try #require(Data(base64Encoded: Self.samples[0].certificate)))
        for length in stride(from: 0, to: certificate.count, by: 7) { #expect(ChannelBindingHash.serverEndPoint(certificate: Array(certificate.prefix(length))) == nil) }
        #expect(ChannelBindingHash.serverEndPoint(certificate: [0x30, 0]) == nil)
    }
}
