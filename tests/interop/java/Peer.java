import java.io.FileReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.util.Collections;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSAuthenticatedDataGenerator;
import org.bouncycastle.cms.CMSCompressedData;
import org.bouncycastle.cms.CMSCompressedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.PasswordRecipient;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceCMSMacCalculatorBuilder;
import org.bouncycastle.cms.jcajce.JceKEKEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKEKRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JcePasswordEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JcePasswordRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.ZlibCompressor;
import org.bouncycastle.cms.jcajce.ZlibExpanderProvider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.encoders.Hex;

/**
 * Bouncy Castle as a peer: signs, verifies, encrypts, decrypts and compresses CMS. Messages are DER or BER, keys and
 * certificates PEM; the key is k.key and its certificate k.crt, in the folder it runs in. One line of standard input is
 * one order, answered by "ok" or by why not, so that the virtual machine starts once.
 */
public final class Peer {
    private static final String PROVIDER = BouncyCastleProvider.PROVIDER_NAME;

    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        var orders = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            String answer = "ok";
            try {
                obey(line.trim().split(" +"));
            } catch (Exception error) {
                answer = error.toString().replace('\n', ' ');
            }
            System.out.println(answer);
            System.out.flush();
        }
    }

    /** The folder first, then the order. */
    private static void obey(String[] words) throws Exception {
        Path folder = Path.of(words[0]);
        PrivateKey key = key(folder.resolve("k.key"));
        X509Certificate certificate = certificate(folder.resolve("k.crt"));
        byte[] in = Files.readAllBytes(folder.resolve(words[words.length - 2]));
        byte[] out = switch (words[1]) {
            case "sign" -> sign(words[2], words[3], key, certificate, in);
            case "countersign" -> countersign(words[2], key, certificate, in);
            case "verify" -> verify(certificate, in);
            case "encrypt" -> encrypt(words[2], words[3], certificate, in);
            case "authenticate" -> authenticate(words[2], words[3], words[4], certificate, in);
            case "decrypt" -> decrypt(words.length > 4 ? words[2] : "key", key, certificate, in);
            case "compress" -> new CMSCompressedDataGenerator()
                    .generate(new CMSProcessableByteArray(in), new ZlibCompressor()).getEncoded();
            case "decompress" -> new CMSCompressedData(in).getContent(new ZlibExpanderProvider());
            default -> throw new IllegalArgumentException(words[1]);
        };
        Files.write(folder.resolve(words[words.length - 1]), out);
    }

    /** The form is attached, detached, or attached:ski where the signer is named by key identifier. */
    private static byte[] sign(String algorithm, String form, PrivateKey key, X509Certificate certificate, byte[] content)
            throws Exception {
        var generator = new CMSSignedDataGenerator();
        ContentSigner signer = new JcaContentSignerBuilder(algorithm).setProvider(PROVIDER).build(key);
        var digests = new JcaDigestCalculatorProviderBuilder().setProvider(PROVIDER).build();
        var builder = new JcaSignerInfoGeneratorBuilder(digests);
        generator.addSignerInfoGenerator(form.endsWith(":ski") ? builder.build(signer, keyId(certificate))
                : builder.build(signer, certificate));
        generator.addCertificates(new JcaCertStore(Collections.singletonList(certificate)));
        return generator.generate(new CMSProcessableByteArray(content), form.startsWith("attached")).getEncoded();
    }

    private static byte[] keyId(X509Certificate certificate) throws Exception {
        return new JcaX509ExtensionUtils().createSubjectKeyIdentifier(certificate.getPublicKey()).getKeyIdentifier();
    }

    /** Signs each signature of a message. */
    private static byte[] countersign(String algorithm, PrivateKey key, X509Certificate certificate, byte[] message)
            throws Exception {
        var generator = new CMSSignedDataGenerator();
        ContentSigner signer = new JcaContentSignerBuilder(algorithm).setProvider(PROVIDER).build(key);
        var digests = new JcaDigestCalculatorProviderBuilder().setProvider(PROVIDER).build();
        generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(digests).build(signer, certificate));
        var signed = new CMSSignedData(message);
        var countersigned = new java.util.ArrayList<SignerInformation>();
        for (SignerInformation one : signed.getSignerInfos().getSigners()) {
            countersigned.add(SignerInformation.addCounterSigners(one, generator.generateCounterSigners(one)));
        }
        return CMSSignedData.replaceSigners(signed, new SignerInformationStore(countersigned)).getEncoded();
    }

    private static byte[] verify(X509Certificate trusted, byte[] message) throws Exception {
        var signed = new CMSSignedData(message);
        var signers = signed.getSignerInfos().getSigners();
        if (signers.size() != 1) {
            throw new IllegalStateException(signers.size() + " signers");
        }
        for (SignerInformation signer : signers) {
            if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider(PROVIDER).build(trusted))) {
                throw new IllegalStateException("the signature does not hold");
            }
        }
        return (byte[]) signed.getSignedContent().getContent();
    }

    /** A cipher with "enveloped-" before it goes into EnvelopedData whatever it is, as old releases wrote GCM. */
    private static byte[] encrypt(String cipher, String management, X509Certificate certificate, byte[] content)
            throws Exception {
        boolean nested = cipher.startsWith("enveloped-");
        RecipientInfoGenerator recipient = recipient(management, certificate);
        String name = nested ? cipher.substring("enveloped-".length()) : cipher;
        var builder = name.startsWith("rc2-") ? new JceCMSContentEncryptorBuilder(CMSAlgorithm.RC2_CBC, Integer.parseInt(name.substring(4)))
                : new JceCMSContentEncryptorBuilder(cipher(name));
        OutputEncryptor encryptor = builder.setProvider(PROVIDER).build();
        var data = new CMSProcessableByteArray(content);
        if (encryptor instanceof OutputAEADEncryptor aead && !nested) {
            var generator = new CMSAuthEnvelopedDataGenerator();
            generator.addRecipientInfoGenerator(recipient);
            return generator.generate(data, aead).getEncoded();
        }
        var generator = new CMSEnvelopedDataGenerator();
        generator.addRecipientInfoGenerator(recipient);
        return generator.generate(data, encryptor).getEncoded();
    }

    /** The digest is "none" where the code is to be over the content itself, without attributes. */
    private static byte[] authenticate(String mac, String digest, String management, X509Certificate certificate, byte[] content)
            throws Exception {
        var generator = new CMSAuthenticatedDataGenerator();
        generator.addRecipientInfoGenerator(recipient(management, certificate));
        var code = new JceCMSMacCalculatorBuilder(new ASN1ObjectIdentifier(mac)).setProvider(PROVIDER).build();
        var data = new CMSProcessableByteArray(content);
        if (digest.equals("none")) {
            return generator.generate(data, code).getEncoded();
        }
        var digests = new JcaDigestCalculatorProviderBuilder().setProvider(PROVIDER).build();
        var calculator = digests.get(new AlgorithmIdentifier(new ASN1ObjectIdentifier(digest)));
        return generator.generate(data, code, calculator).getEncoded();
    }

    private static ASN1ObjectIdentifier cipher(String name) {
        return switch (name) {
            case "aes-128-cbc" -> CMSAlgorithm.AES128_CBC;
            case "aes-192-cbc" -> CMSAlgorithm.AES192_CBC;
            case "aes-256-cbc" -> CMSAlgorithm.AES256_CBC;
            case "aes-128-gcm" -> CMSAlgorithm.AES128_GCM;
            case "aes-192-gcm" -> CMSAlgorithm.AES192_GCM;
            case "aes-256-gcm" -> CMSAlgorithm.AES256_GCM;
            case "aes-128-ccm" -> CMSAlgorithm.AES128_CCM;
            case "aes-192-ccm" -> CMSAlgorithm.AES192_CCM;
            case "aes-256-ccm" -> CMSAlgorithm.AES256_CCM;
            // It has no name for it in CMS.
            case "chacha20-poly1305" -> new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.3.18");
            case "des-ede3-cbc" -> CMSAlgorithm.DES_EDE3_CBC;
            case "camellia-128-cbc" -> CMSAlgorithm.CAMELLIA128_CBC;
            case "camellia-192-cbc" -> CMSAlgorithm.CAMELLIA192_CBC;
            case "camellia-256-cbc" -> CMSAlgorithm.CAMELLIA256_CBC;
            default -> throw new IllegalArgumentException(name);
        };
    }

    /**
     * pkcs1[:ski]; oaep:DIGEST:MGF-DIGEST[:LABEL]; ecdh:DIGEST:WRAP-BITS or cofactor:DIGEST:WRAP-BITS, with :ski for a
     * recipient named by key identifier and :two for another one before it in the same RecipientInfo; shared:ID:KEY in
     * hexadecimal; password:WORD:PRF-DIGEST:KEK-CIPHER.
     */
    private static RecipientInfoGenerator recipient(String management, X509Certificate certificate) throws Exception {
        String[] parts = management.split(":");
        String last = parts[parts.length - 1];
        switch (parts[0]) {
            case "pkcs1":
                return last.equals("ski")
                        ? new JceKeyTransRecipientInfoGenerator(keyId(certificate), certificate.getPublicKey()).setProvider(PROVIDER)
                        : new JceKeyTransRecipientInfoGenerator(certificate).setProvider(PROVIDER);
            case "oaep":
                var label = parts.length > 3 ? new PSource.PSpecified(parts[3].getBytes()) : PSource.PSpecified.DEFAULT;
                var parameters = new OAEPParameterSpec(parts[1], "MGF1", new MGF1ParameterSpec(parts[2]), label);
                AlgorithmIdentifier algorithm = new JcaAlgorithmParametersConverter()
                        .getAlgorithmIdentifier(org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers.id_RSAES_OAEP, parameters);
                return new JceKeyTransRecipientInfoGenerator(certificate, algorithm).setProvider(PROVIDER);
            case "ecdh", "cofactor":
                var pair = ephemeral(certificate);
                ASN1ObjectIdentifier wrap = switch (parts[2]) {
                    case "128" -> CMSAlgorithm.AES128_WRAP;
                    case "192" -> CMSAlgorithm.AES192_WRAP;
                    default -> CMSAlgorithm.AES256_WRAP;
                };
                var agreed = new JceKeyAgreeRecipientInfoGenerator(agreement(parts[0] + ":" + parts[1]), pair.getPrivate(),
                        pair.getPublic(), wrap);
                if (last.equals("two")) {
                    agreed.addRecipient(new byte[] {1, 2, 3}, ephemeral(certificate).getPublic());
                }
                return (last.equals("ski") ? agreed.addRecipient(keyId(certificate), certificate.getPublicKey())
                        : agreed.addRecipient(certificate)).setProvider(PROVIDER);
            case "shared":
                var kek = new SecretKeySpec(Hex.decode(parts[2]), "AES");
                return new JceKEKRecipientInfoGenerator(Hex.decode(parts[1]), kek).setProvider(PROVIDER);
            case "password":
                return new JcePasswordRecipientInfoGenerator(cipher(parts[3]), parts[1].toCharArray())
                        .setProvider(PROVIDER).setPRF(prf(parts[2]));
            default:
                throw new IllegalArgumentException(management);
        }
    }

    private static java.security.KeyPair ephemeral(X509Certificate certificate) throws Exception {
        var pairs = java.security.KeyPairGenerator.getInstance("EC", PROVIDER);
        pairs.initialize(((java.security.interfaces.ECPublicKey) certificate.getPublicKey()).getParams());
        return pairs.generateKeyPair();
    }

    private static ASN1ObjectIdentifier agreement(String name) {
        return switch (name) {
            case "ecdh:SHA-1" -> CMSAlgorithm.ECDH_SHA1KDF;
            case "ecdh:SHA-224" -> CMSAlgorithm.ECDH_SHA224KDF;
            case "ecdh:SHA-256" -> CMSAlgorithm.ECDH_SHA256KDF;
            case "ecdh:SHA-384" -> CMSAlgorithm.ECDH_SHA384KDF;
            case "ecdh:SHA-512" -> CMSAlgorithm.ECDH_SHA512KDF;
            case "cofactor:SHA-1" -> CMSAlgorithm.ECCDH_SHA1KDF;
            case "cofactor:SHA-224" -> CMSAlgorithm.ECCDH_SHA224KDF;
            case "cofactor:SHA-256" -> CMSAlgorithm.ECCDH_SHA256KDF;
            case "cofactor:SHA-384" -> CMSAlgorithm.ECCDH_SHA384KDF;
            case "cofactor:SHA-512" -> CMSAlgorithm.ECCDH_SHA512KDF;
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static PasswordRecipient.PRF prf(String digest) {
        return switch (digest) {
            case "SHA-1" -> PasswordRecipient.PRF.HMacSHA1;
            case "SHA-224" -> PasswordRecipient.PRF.HMacSHA224;
            case "SHA-256" -> PasswordRecipient.PRF.HMacSHA256;
            case "SHA-384" -> PasswordRecipient.PRF.HMacSHA384;
            case "SHA-512" -> PasswordRecipient.PRF.HMacSHA512;
            default -> throw new IllegalArgumentException(digest);
        };
    }

    /** With the key of the certificate (key), with shared:KEY in hexadecimal, or with password:WORD. */
    private static byte[] decrypt(String with, PrivateKey key, X509Certificate certificate, byte[] message) throws Exception {
        String[] parts = with.split(":");
        boolean authenticated = org.bouncycastle.asn1.cms.CMSObjectIdentifiers.authEnvelopedData.equals(
                org.bouncycastle.asn1.cms.ContentInfo.getInstance(message).getContentType());
        RecipientInformation recipient = (authenticated ? new CMSAuthEnvelopedData(message).getRecipientInfos()
                : new CMSEnvelopedData(message).getRecipientInfos()).getRecipients().iterator().next();
        // AuthEnvelopedData it opens by key transport alone in 1.72.
        Recipient how = switch (parts[0]) {
            case "shared" -> new JceKEKEnvelopedRecipient(new SecretKeySpec(Hex.decode(parts[1]), "AES")).setProvider(PROVIDER);
            case "password" -> new JcePasswordEnvelopedRecipient(parts[1].toCharArray()).setProvider(PROVIDER);
            default -> authenticated ? new JceKeyTransAuthEnvelopedRecipient(key).setProvider(PROVIDER)
                    : key.getAlgorithm().equals("RSA") ? new JceKeyTransEnvelopedRecipient(key).setProvider(PROVIDER)
                    : new JceKeyAgreeEnvelopedRecipient(key).setProvider(PROVIDER);
        };
        return recipient.getContent(how);
    }

    private static PrivateKey key(Path file) throws Exception {
        try (var parser = new PEMParser(new FileReader(file.toFile()))) {
            return new JcaPEMKeyConverter().setProvider(PROVIDER).getPrivateKey((PrivateKeyInfo) parser.readObject());
        }
    }

    private static X509Certificate certificate(Path file) throws Exception {
        try (var parser = new PEMParser(new FileReader(file.toFile()))) {
            return new JcaX509CertificateConverter().setProvider(PROVIDER).getCertificate((X509CertificateHolder) parser.readObject());
        }
    }
}
