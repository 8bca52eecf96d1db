/** 256 words that are spelled alike in Spanish and English, without accents; the order is part of the format. */
export const keyWordList: readonly string[] = `
actor admirable agenda album alfalfa alpaca altar anaconda angular animal area armada aroma atlas audio balsa banana
barracuda base bikini bingo bolero bonus bronco burrito cable cactus cafeteria canal capital cardinal casino
celestial central chalet chocolate circular civil clan club cobra cola colon colonial color comparable coral cordial
crisis cultural debate decimal delta detector diagonal digital diploma director disco diva divisible doctor dogma
dorsal drama editor electoral elemental enigma epidermis eventual exterior extra factor familiar fauna federal
festival fiesta final flexible flora floral frontal gala gazpacho general genial global golf gradual guacamole
habitual honor horizontal hospital hotel humor idea ideal iguana impala imperial inspector instructor integral
invisible irregular jaguar jazz judicial judo junta karma kayak kilo kimono kiwi koala labor lateral laurel lava
legal limbo literal llama local lunar machete magma mambo mango mantra manual marimba matador material maternal media
medieval mental mesa metal metro mineral mosquito motor musical natural naval neutral noble nominal normal nostalgia
nova nuclear oasis ocular omega orbital oriental original paella pampa panda panorama papaya paprika pasta pastel
pastor patio perfume piano pizza plasma plaza polo poncho popular portal postal principal protector puma quinoa radar
radial radical radio reactor real rector regional regular residual ritual robot rodeo rumba safari saliva salsa samba
sauna sector sepia sierra siesta similar simple singular soda solar solo sonar sonata soprano suave superior taco
tango tapioca taxi terminal tiara tibia tofu tornado torso tortilla total tractor trio triple trivial tropical
tsunami tuba tundra ultra vapor vector vertical veto villa viola virtual vista visual vital yoga zigzag zinc
`
  .trim()
  .split(/\s+/)
