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
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSAuthenticatedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceCMSMacCalculatorBuilder;
import org.bouncycastle.cms.jcajce.JceKEKRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/**
 * Bouncy Castle as a peer: signs, verifies, encrypts and decrypts CMS. Messages are DER or BER, keys and certificates
 * PEM; the key is k.key and its certificate k.crt, in the folder it runs in. One line of standard input is one order,
 * answered by "ok" or by why not, so that the virtual machine starts once.
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
            case "sign" -> sign(words[2], words[3].equals("attached"), key, certificate, in);
            case "countersign" -> countersign(words[2], key, certificate, in);
            case "verify" -> verify(certificate, in);
            case "encrypt" -> encrypt(words[2], words[3], certificate, in);
            case "authenticate" -> authenticate(words[2], words[3], words[4], certificate, in);
            case "decrypt" -> decrypt(key, certificate, in);
            default -> throw new IllegalArgumentException(words[1]);
        };
        Files.write(folder.resolve(words[words.length - 1]), out);
    }

    private static byte[] sign(String algorithm, boolean attached, PrivateKey key, X509Certificate certificate, byte[] content)
            throws Exception {
        var generator = new CMSSignedDataGenerator();
        ContentSigner signer = new JcaContentSignerBuilder(algorithm).setProvider(PROVIDER).build(key);
        var digests = new JcaDigestCalculatorProviderBuilder().setProvider(PROVIDER).build();
        generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(digests).build(signer, certificate));
        generator.addCertificates(new JcaCertStore(Collections.singletonList(certificate)));
        return generator.generate(new CMSProcessableByteArray(content), attached).getEncoded();
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

    private static byte[] encrypt(String cipher, String management, X509Certificate certificate, byte[] content)
            throws Exception {
        RecipientInfoGenerator recipient = recipient(management, certificate);
        var builder = cipher.contains(":")
                ? new JceCMSContentEncryptorBuilder(cipher(cipher), Integer.parseInt(cipher.split(":")[1]))
                : new JceCMSContentEncryptorBuilder(cipher(cipher));
        OutputEncryptor encryptor = builder.setProvider(PROVIDER).build();
        var data = new CMSProcessableByteArray(content);
        if (cipher.endsWith("gcm") || cipher.endsWith("ccm")) {
            var generator = new CMSAuthEnvelopedDataGenerator();
            generator.addRecipientInfoGenerator(recipient);
            return generator.generate(data, (OutputAEADEncryptor) encryptor).getEncoded();
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
            case "aes-256-ccm" -> CMSAlgorithm.AES256_CCM;
            case "des-ede3-cbc" -> CMSAlgorithm.DES_EDE3_CBC;
            case "camellia-256-cbc" -> CMSAlgorithm.CAMELLIA256_CBC;
            // Any other by its digits, with or without bits of the key behind a colon.
            default -> new ASN1ObjectIdentifier(name.split(":")[0]);
        };
    }

    /**
     * pkcs1, oaep:DIGEST:MGF-DIGEST, ecdh:DIGEST with AES key wrap of 128 or 256 bits or the digits of another after
     * another colon, or kek:ALGORITHM:OCTETS for a key that is 1, 2, 3 and so on.
     */
    private static RecipientInfoGenerator recipient(String management, X509Certificate certificate) throws Exception {
        String[] parts = management.split(":");
        switch (parts[0]) {
            case "pkcs1":
                return new JceKeyTransRecipientInfoGenerator(certificate).setProvider(PROVIDER);
            case "oaep":
                var parameters = new OAEPParameterSpec(parts[1], "MGF1", new MGF1ParameterSpec(parts[2]), PSource.PSpecified.DEFAULT);
                AlgorithmIdentifier algorithm = new JcaAlgorithmParametersConverter()
                        .getAlgorithmIdentifier(org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers.id_RSAES_OAEP, parameters);
                return new JceKeyTransRecipientInfoGenerator(certificate, algorithm).setProvider(PROVIDER);
            case "ecdh":
                var pairs = java.security.KeyPairGenerator.getInstance("EC", PROVIDER);
                pairs.initialize(((java.security.interfaces.ECPublicKey) certificate.getPublicKey()).getParams());
                var pair = pairs.generateKeyPair();
                ASN1ObjectIdentifier agreement = switch (parts[1]) {
                    case "SHA-1" -> CMSAlgorithm.ECDH_SHA1KDF;
                    case "SHA-256" -> CMSAlgorithm.ECDH_SHA256KDF;
                    case "SHA-384" -> CMSAlgorithm.ECDH_SHA384KDF;
                    case "SHA-512" -> CMSAlgorithm.ECDH_SHA512KDF;
                    default -> throw new IllegalArgumentException(management);
                };
                ASN1ObjectIdentifier wrap = switch (parts[2]) {
                    case "128" -> CMSAlgorithm.AES128_WRAP;
                    case "256" -> CMSAlgorithm.AES256_WRAP;
                    default -> new ASN1ObjectIdentifier(parts[2]);
                };
                return new JceKeyAgreeRecipientInfoGenerator(agreement, pair.getPrivate(), pair.getPublic(), wrap)
                        .addRecipient(certificate).setProvider(PROVIDER);
            case "kek":
                byte[] kek = new byte[Integer.parseInt(parts[2])];
                for (int i = 0; i < kek.length; i++) {
                    kek[i] = (byte) (i + 1);
                }
                return new JceKEKRecipientInfoGenerator(new byte[] {1}, new SecretKeySpec(kek, parts[1])).setProvider(PROVIDER);
            default:
                throw new IllegalArgumentException(management);
        }
    }

    private static byte[] decrypt(PrivateKey key, X509Certificate certificate, byte[] message) throws Exception {
        boolean agreed = !key.getAlgorithm().equals("RSA");
        RecipientInformation recipient;
        Recipient how;
        if (org.bouncycastle.asn1.cms.CMSObjectIdentifiers.authEnvelopedData.equals(
                org.bouncycastle.asn1.cms.ContentInfo.getInstance(message).getContentType())) {
            recipient = new CMSAuthEnvelopedData(message).getRecipientInfos().getRecipients().iterator().next();
            // There is none for key agreement in 1.72.
            how = new JceKeyTransAuthEnvelopedRecipient(key).setProvider(PROVIDER);
        } else {
            recipient = new CMSEnvelopedData(message).getRecipientInfos().getRecipients().iterator().next();
            how = agreed ? new JceKeyAgreeEnvelopedRecipient(key).setProvider(PROVIDER)
                    : new JceKeyTransEnvelopedRecipient(key).setProvider(PROVIDER);
        }
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
