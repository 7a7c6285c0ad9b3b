import java.io.FileReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.util.Collections;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERGeneralizedTime;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.ess.ContentHints;
import org.bouncycastle.asn1.ess.ContentIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
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
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.PKCS7ProcessableObject;
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
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.pqc.crypto.lms.LMOtsParameters;
import org.bouncycastle.pqc.crypto.lms.LMSigParameters;
import org.bouncycastle.pqc.jcajce.provider.BouncyCastlePQCProvider;
import org.bouncycastle.pqc.jcajce.spec.LMSHSSKeyGenParameterSpec;
import org.bouncycastle.pqc.jcajce.spec.LMSKeyGenParameterSpec;
import org.bouncycastle.util.encoders.Hex;

/**
 * Bouncy Castle as a peer: signs, verifies, encrypts, decrypts and compresses CMS. Messages are DER or BER, keys and
 * certificates PEM; the key is k.key and its certificate k.crt, in the folder it runs in. One line of standard input is
 * one order, answered by "ok" or by why not, so that the virtual machine starts once.
 */
public final class Peer {
    private static final String PROVIDER = BouncyCastleProvider.PROVIDER_NAME;
    private static final String POST_QUANTUM = BouncyCastlePQCProvider.PROVIDER_NAME;

    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        Security.addProvider(new BouncyCastlePQCProvider());
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
        if (words[1].equals("hash-based")) {
            hashBased(folder, words[2].split(","), Files.readAllBytes(folder.resolve(words[3])));
            return;
        }
        PrivateKey key = key(folder.resolve("k.key"));
        X509Certificate certificate = certificate(folder.resolve("k.crt"));
        byte[] in = Files.readAllBytes(folder.resolve(words[words.length - 2]));
        byte[] out = switch (words[1]) {
            case "sign-value" -> signValue(words[2], words[3], key, certificate, in);
            case "sign" -> sign(words[2], words[3], key, certificate, in);
            case "ess" -> ess(words[2], key, certificate, in);
            case "lists" -> lists(certificate, in);
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

    /**
     * Signs with a security label of policy 1.2.3.4, equivalent labels, a content hint, an identifier, and a history of one
     * mailing list, which wants no receipts.
     */
    private static byte[] ess(String algorithm, PrivateKey key, X509Certificate certificate, byte[] content)
            throws Exception {
        var label = new ASN1EncodableVector();
        label.add(new ASN1ObjectIdentifier("1.2.3.4"));
        label.add(new ASN1Integer(3));
        label.add(new DERPrintableString("Company confidential"));
        label.add(new DERSet(new DERSequence(new ASN1Encodable[] {
            new DERTaggedObject(false, 0, new ASN1ObjectIdentifier("1.2.3.4.1")),
            new DERTaggedObject(true, 1, new DERUTF8String("a category"))})));
        var other = new ASN1EncodableVector();
        other.add(new ASN1ObjectIdentifier("1.2.3.5"));
        other.add(new ASN1Integer(1));
        var holder = new X509CertificateHolder(certificate.getEncoded());
        var list = new ASN1EncodableVector();
        list.add(new IssuerAndSerialNumber(holder.getIssuer(), java.math.BigInteger.valueOf(4711)));
        list.add(new DERGeneralizedTime("20261124110000Z"));
        list.add(new DERTaggedObject(false, 0, DERNull.INSTANCE));
        var attributes = new ASN1EncodableVector();
        attributes.add(new Attribute(PKCSObjectIdentifiers.id_aa.branch("2"), new DERSet(new DERSet(label))));
        attributes.add(new Attribute(PKCSObjectIdentifiers.id_aa.branch("9"),
                new DERSet(new DERSequence(new DERSet(other)))));
        attributes.add(new Attribute(PKCSObjectIdentifiers.id_aa.branch("3"),
                new DERSet(new DERSequence(new DERSequence(list)))));
        attributes.add(new Attribute(PKCSObjectIdentifiers.id_aa_contentHint,
                new DERSet(new ContentHints(PKCSObjectIdentifiers.data, new DERUTF8String("a letter")))));
        attributes.add(new Attribute(PKCSObjectIdentifiers.id_aa_contentIdentifier,
                new DERSet(new ContentIdentifier(new byte[] {1, 2, 3}))));
        var generator = new CMSSignedDataGenerator();
        ContentSigner signer = new JcaContentSignerBuilder(algorithm).setProvider(PROVIDER).build(key);
        var digests = new JcaDigestCalculatorProviderBuilder().setProvider(PROVIDER).build();
        var builder = new JcaSignerInfoGeneratorBuilder(digests);
        builder.setSignedAttributeGenerator(new DefaultSignedAttributeTableGenerator(new AttributeTable(attributes)));
        generator.addSignerInfoGenerator(builder.build(signer, certificate));
        generator.addCertificates(new JcaCertStore(Collections.singletonList(certificate)));
        return generator.generate(new CMSProcessableByteArray(content), true).getEncoded();
    }

    /**
     * Verifies a message of a mailing list and reads what its signer says: one line for each list, then its content hint
     * and identifier, if there are any.
     */
    private static byte[] lists(X509Certificate trusted, byte[] message) throws Exception {
        verify(trusted, message);
        var signer = new CMSSignedData(message).getSignerInfos().getSigners().iterator().next();
        var attributes = signer.getSignedAttributes();
        var text = new StringBuilder();
        var history = attributes.get(PKCSObjectIdentifiers.id_aa.branch("3")).getAttrValues().getObjectAt(0);
        for (var passed : ASN1Sequence.getInstance(history)) {
            var data = ASN1Sequence.getInstance(passed);
            var id = data.getObjectAt(0).toASN1Primitive();
            String name = id instanceof ASN1OctetString octets
                    ? "key " + Hex.toHexString(octets.getOctets())
                    : "serial " + IssuerAndSerialNumber.getInstance(id).getSerialNumber().getValue();
            int receipts = data.size() == 3 ? ASN1TaggedObject.getInstance(data.getObjectAt(2)).getTagNo() : -1;
            text.append(name + " " + ASN1GeneralizedTime.getInstance(data.getObjectAt(1)).getTime() + " " + receipts + "\n");
        }
        var hint = attributes.get(PKCSObjectIdentifiers.id_aa_contentHint);
        if (hint != null) {
            text.append(ContentHints.getInstance(hint.getAttrValues().getObjectAt(0)).getContentDescription() + "\n");
        }
        var identifier = attributes.get(PKCSObjectIdentifiers.id_aa_contentIdentifier);
        if (identifier != null) {
            var octets = ContentIdentifier.getInstance(identifier.getAttrValues().getObjectAt(0)).getValue();
            text.append(Hex.toHexString(octets.getOctets()) + "\n");
        }
        return text.toString().getBytes("UTF-8");
    }

    /**
     * Signs one DER value as PKCS #7 has it: under a content type of its own, in no OCTET STRING. What signs puts one
     * around the octets; it is taken off, and what verifies has to agree.
     */
    private static byte[] signValue(String algorithm, String type, PrivateKey key, X509Certificate certificate, byte[] value)
            throws Exception {
        var generator = new CMSSignedDataGenerator();
        ContentSigner signer = new JcaContentSignerBuilder(algorithm).setProvider(PROVIDER).build(key);
        var digests = new JcaDigestCalculatorProviderBuilder().setProvider(PROVIDER).build();
        generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(digests).build(signer, certificate));
        generator.addCertificates(new JcaCertStore(Collections.singletonList(certificate)));
        var identifier = new ASN1ObjectIdentifier(type);
        var element = ASN1Primitive.fromByteArray(value);
        var made = generator.generate(new PKCS7ProcessableObject(identifier, element), true).toASN1Structure();
        var parts = new ASN1EncodableVector();
        for (ASN1Encodable part : ASN1Sequence.getInstance(made.getContent())) {
            // The version and the digests stand before the content.
            boolean content = parts.size() == 2;
            parts.add(content ? new DERSequence(new ASN1Encodable[] {identifier, new DERTaggedObject(true, 0, element)}) : part);
        }
        byte[] message = new ContentInfo(made.getContentType(), new DERSequence(parts)).getEncoded("DER");
        for (SignerInformation one : new CMSSignedData(message).getSignerInfos().getSigners()) {
            if (!one.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider(PROVIDER).build(certificate))) {
                throw new IllegalStateException("the signature does not hold");
            }
        }
        return message;
    }

    /**
     * Makes two HSS keys of levels such as 5/8 (a tree of height 5, chains of 8 bits): an authority's, k.crt, and that of
     * the signer whom it certifies, c.der. The content is signed attached as t and detached as d. All of it in one go, for
     * such keys have a state.
     */
    private static void hashBased(Path folder, String[] levels, byte[] content) throws Exception {
        var specs = new LMSKeyGenParameterSpec[levels.length];
        for (int i = 0; i < levels.length; i++) {
            String[] level = levels[i].split("/");
            LMSigParameters tree = switch (level[0]) {
                case "5" -> LMSigParameters.lms_sha256_n32_h5;
                case "10" -> LMSigParameters.lms_sha256_n32_h10;
                default -> throw new IllegalArgumentException(level[0]);
            };
            LMOtsParameters chains = switch (level[1]) {
                case "1" -> LMOtsParameters.sha256_n32_w1;
                case "2" -> LMOtsParameters.sha256_n32_w2;
                case "4" -> LMOtsParameters.sha256_n32_w4;
                case "8" -> LMOtsParameters.sha256_n32_w8;
                default -> throw new IllegalArgumentException(level[1]);
            };
            specs[i] = new LMSKeyGenParameterSpec(tree, chains);
        }
        var pairs = java.security.KeyPairGenerator.getInstance("LMS", POST_QUANTUM);
        pairs.initialize(specs.length == 1 ? specs[0] : new LMSHSSKeyGenParameterSpec(specs), new java.security.SecureRandom());
        var root = pairs.generateKeyPair();
        ContentSigner authority = new JcaContentSignerBuilder("LMS").setProvider(POST_QUANTUM).build(root.getPrivate());
        var pair = pairs.generateKeyPair();
        ContentSigner signer = new JcaContentSignerBuilder("LMS").setProvider(POST_QUANTUM).build(pair.getPrivate());
        var name = new X500Name("CN=Root");
        var trusted = certificate(name, root.getPublic(), name, true, authority);
        var certificate = certificate(name, pair.getPublic(), new X500Name("CN=Peer"), false, authority);
        var pem = new java.io.StringWriter();
        try (var writer = new JcaPEMWriter(pem)) {
            writer.writeObject(trusted);
        }
        Files.writeString(folder.resolve("k.crt"), pem.toString());
        Files.write(folder.resolve("c.der"), certificate.getEncoded());
        for (boolean attached : new boolean[] {true, false}) {
            var generator = new CMSSignedDataGenerator();
            var digests = new JcaDigestCalculatorProviderBuilder().setProvider(PROVIDER).build();
            generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(digests).build(signer, certificate));
            generator.addCertificates(new JcaCertStore(Collections.singletonList(certificate)));
            byte[] message = generator.generate(new CMSProcessableByteArray(content), attached).getEncoded();
            Files.write(folder.resolve(attached ? "t" : "d"), message);
        }
    }

    private static X509CertificateHolder certificate(X500Name issuer, PublicKey key, X500Name subject, boolean authority,
            ContentSigner signer) throws Exception {
        long now = System.currentTimeMillis();
        var builder = new JcaX509v3CertificateBuilder(issuer, java.math.BigInteger.valueOf(authority ? 1 : 2),
                new java.util.Date(now - 86_400_000L), new java.util.Date(now + 86_400_000L * 300), subject, key);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(authority ? KeyUsage.keyCertSign : KeyUsage.digitalSignature));
        if (!authority) {
            builder.addExtension(Extension.subjectAlternativeName, false,
                    new GeneralNames(new GeneralName(GeneralName.rfc822Name, "peer@example.org")));
        }
        return builder.build(signer);
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
        JceCMSContentEncryptorBuilder builder;
        if (name.startsWith("rc2-")) {
            builder = new JceCMSContentEncryptorBuilder(CMSAlgorithm.RC2_CBC, Integer.parseInt(name.substring(4)));
        } else if (name.contains(":")) {
            builder = new JceCMSContentEncryptorBuilder(cipher(name), Integer.parseInt(name.split(":")[1]));
        } else {
            builder = new JceCMSContentEncryptorBuilder(cipher(name));
        }
        OutputEncryptor encryptor = builder.setProvider(PROVIDER).build();
        var data = new CMSProcessableByteArray(content);
        if (encryptor instanceof OutputAEADEncryptor aead && !nested && !Character.isDigit(name.charAt(0))) {
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
            // Any other by its digits, with or without bits of the key behind a colon.
            default -> new ASN1ObjectIdentifier(name.split(":")[0]);
        };
    }

    /**
     * pkcs1[:ski]; oaep:DIGEST:MGF-DIGEST[:LABEL]; ecdh:DIGEST:WRAP or cofactor:DIGEST:WRAP, the wrap as bits of AES or the
     * digits of another, with :ski for a recipient named by key identifier and :two for another one before it in the same
     * RecipientInfo; shared:ID:KEY in hexadecimal; count:ALGORITHM:OCTETS for a shared key that is 1, 2, 3 and so on;
     * password:WORD:PRF-DIGEST:KEK-CIPHER.
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
                    case "256" -> CMSAlgorithm.AES256_WRAP;
                    default -> new ASN1ObjectIdentifier(parts[2]);
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
            case "count":
                byte[] counted = new byte[Integer.parseInt(parts[2])];
                for (int i = 0; i < counted.length; i++) {
                    counted[i] = (byte) (i + 1);
                }
                return new JceKEKRecipientInfoGenerator(new byte[] {1}, new SecretKeySpec(counted, parts[1])).setProvider(PROVIDER);
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
